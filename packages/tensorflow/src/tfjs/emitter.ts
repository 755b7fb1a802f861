import {
  type AttributeValue,
  type Constant,
  constantFrom,
  type GraphNode,
  ints,
  type Limits,
  modelError,
  OWN_DOMAIN,
  reads,
  type Subgraph,
  type ValueType,
} from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import type { KerasValue } from './keras-value.ts';
import type { Layer } from './layer.ts';

/** The operator set in whose terms models are rewritten. */
const OPSET = 20;

/** A weight as a value of the graph. */
export interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
}

type Version = Partial<Pick<GraphNode, 'domain' | 'opset'>>;

export type Attributes = Readonly<Record<string, AttributeValue>>;

const range = (length: number, first: number) => Array.from({ length }, (_, i) => first + i);

/** Names that differ from one another. */
class Names {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  /** Takes `name`, or, where that is taken, `name` with a number behind it. */
  fresh(name: string): string {
    let free = name;
    while (this.#taken.has(free)) {
      const number = this.#next.get(name) ?? 1;
      this.#next.set(name, number + 1);
      free = `${name}_${number}`;
    }
    this.#taken.add(free);
    return free;
  }
}

/** What a graph has in common with the graphs inside its nodes. */
class Shared {
  readonly constants = new Map<string, Constant>();
  readonly nodeNames = new Names();
  readonly valueNames = new Names();
  readonly weightNames = new Map<Constant, string>();
  /** Of all graphs, also of those that were given up. */
  nodeCount = 0;
}

/** Collects the nodes and constants of a graph in ONNX's operators. */
export class Emitter {
  readonly nodes: GraphNode[] = [];
  readonly #limits: Limits;
  readonly #around: Emitter | undefined;
  readonly #shared: Shared;
  readonly #transposes = new Map<string, string>();

  constructor(limits: Limits, around?: Emitter) {
    this.#limits = limits;
    this.#around = around;
    this.#shared = around ? around.#shared : new Shared();
  }

  /** Constants of the graph, and of all graphs inside its nodes. */
  get constants(): Map<string, Constant> {
    return this.#shared.constants;
  }

  /** For a graph inside a node: it may read the values of this one, and no name occurs in both. */
  nested(): Emitter {
    return new Emitter(this.#limits, this);
  }

  /**
   * The graph inside a node that was written here.
   * @param types of inputs and outputs that have a declared one
   */
  subgraph(
    inputs: readonly string[],
    outputs: readonly string[],
    types: ReadonlyMap<string, ValueType> = new Map(),
  ): Subgraph {
    const own = new Set([...inputs, ...this.nodes.flatMap((node) => node.outputs)]);
    const read = new Set([...this.nodes.flatMap(reads), ...outputs]);
    const named = (name: string) => ({ name, ...(types.get(name) ?? { type: undefined, dims: undefined }) });
    return {
      nodes: this.nodes,
      inputs: inputs.map(named),
      outputs: outputs.map(named),
      constants: new Map(),
      captures: [...read].filter((name) => name !== '' && !own.has(name)),
    };
  }

  /**
   * The graph of a Loop that was written here.
   * @param outputs whether it goes on, which it is told, too, and what it carries and collects
   */
  loopBody(
    name: string,
    carried: readonly string[],
    outputs: (goes: string) => readonly string[],
    types: ReadonlyMap<string, ValueType> = new Map(),
  ): AttributeValue {
    const [trip, goes] = [this.reserve(`${name}/trip`), this.reserve(`${name}/goes`)];
    const counters = [
      [trip, { type: 'int64', dims: [] }],
      [goes, { type: 'bool', dims: [] }],
    ] as const;
    const value = this.subgraph([trip, goes, ...carried], outputs(goes), new Map([...types, ...counters]));
    return { kind: 'graph', value };
  }

  /** The name of a graph input or output that would like to be called `name`. */
  reserve(name: string): string {
    return this.#shared.valueNames.fresh(name);
  }

  /** Adds a node with one output, and returns the output's name. Both are called `name` where that is free. */
  node(name: string, opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.multiple(name, opType, inputs, 1, attributes)[0]!;
  }

  /** Adds a node with `count` outputs, and returns their names. */
  multiple(
    name: string,
    opType: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes = {},
  ): string[] {
    const { maxNodes } = this.#limits;
    if (count > maxNodes) {
      const what = `number of outputs of node ${JSON.stringify(name)} (${opType})`;
      throw modelError(what, `at most ${maxNodes}`, count, 'ERR_LIMIT_EXCEEDED');
    }
    const outputs = range(count, 0).map((index) => this.#shared.valueNames.fresh(`${name}:${index}`));
    this.#push(name, opType, inputs, outputs, attributes);
    return outputs;
  }

  /** As `multiple`, for an operator that ONNX does not have, or has in later operator sets. */
  own(
    name: string,
    opType: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes = {},
    version: Version = { domain: OWN_DOMAIN },
  ): string[] {
    const outputs = range(count, 0).map((index) => this.#shared.valueNames.fresh(`${name}:${index}`));
    this.#push(name, opType, inputs, outputs, attributes, version);
    return outputs;
  }

  /** Makes `value` an output of the graph, called `name` where that is free, and returns its name. */
  output(name: string, value: string): string {
    return this.reservedOutput(this.#shared.valueNames.fresh(name), value);
  }

  /** Makes `value` the output of the graph for which `reserve` gave `name`, and returns that. */
  reservedOutput(name: string, value: string): string {
    this.#push(`${name}/output`, 'Identity', [value], [name], {});
    return name;
  }

  #push(
    name: string,
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Attributes,
    version: Version = {},
  ): void {
    const { maxNodes } = this.#limits;
    if (++this.#shared.nodeCount > maxNodes) {
      throw modelError('number of nodes', `at most ${maxNodes}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    this.nodes.push({
      name: this.#shared.nodeNames.fresh(name),
      opType,
      opset: OPSET,
      ...version,
      inputs,
      outputs,
      attributes: new Map(Object.entries(attributes)),
    });
  }

  /** A constant, called `name` where that is free. */
  constant(name: string, constant: Constant): string {
    const unique = this.#shared.valueNames.fresh(name);
    this.constants.set(unique, constant);
    return unique;
  }

  floats(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.constant(name, constantFrom(new Tensor('float32', Float32Array.from(values), dims)));
  }

  /** `length` times the same value. */
  filled(name: string, length: number, value: number): string {
    const load = () => new Tensor('float32', new Float32Array(length).fill(value));
    return this.constant(name, { type: 'float32', dims: [length], load });
  }

  int64s(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.constant(name, constantFrom(new Tensor('int64', data, dims)));
  }

  /**
   * A weight of a layer: the same value wherever it is used.
   * @param dims what its dims must be, undefined where any goes
   */
  weight(layer: Layer, kind: string, dims: readonly (number | undefined)[]): Weight {
    const weight = layer.weight(kind, dims);
    const known = this.#shared.weightNames.get(weight);
    const name = known ?? this.constant(`${layer.name}/${kind}`, weight);
    this.#shared.weightNames.set(weight, name);
    return { name, dims: weight.dims };
  }

  /** `value` with the axes of the model. */
  modelOrder(value: KerasValue): KerasValue {
    const { name, rank, order } = value;
    if (order === 'model') return value;
    const perm = [0, ...range(rank - 2, 2), 1];
    return { name: this.transpose(name, perm), rank, order: 'model' };
  }

  /** `value` with the model's last axis, the channels, second. */
  channelsSecond(value: KerasValue): KerasValue {
    const { name, rank, order } = value;
    if (order === 'channelsSecond') return value;
    const perm = [0, rank - 1, ...range(rank - 2, 1)];
    return { name: this.transpose(name, perm), rank, order: 'channelsSecond' };
  }

  /** A value with its axes permuted, by one node for all who ask. */
  transpose(name: string, perm: readonly number[]): string {
    const key = `${perm} ${name}`;
    const known = this.#transposed(key);
    if (known !== undefined) return known;
    const transposed = this.node(`${name}/transpose`, 'Transpose', [name], { perm: ints(perm) });
    this.#transposes.set(key, transposed);
    return transposed;
  }

  /** What stands here or around it. */
  #transposed(key: string): string | undefined {
    const known = this.#transposes.get(key);
    return known !== undefined || !this.#around ? known : this.#around.#transposed(key);
  }
}

/** How the layers of one class are written in ONNX's operators: the value of one call. */
export type Translate = (layer: Layer, inputs: readonly KerasValue[], emitter: Emitter) => KerasValue;

/** By class name. */
export type Translations = Readonly<Record<string, Translate>>;
