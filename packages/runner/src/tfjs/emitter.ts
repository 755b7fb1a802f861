import { Tensor } from '@zeroskip/tensor';
import { type AttributeValue, type Constant, constantFrom, type GraphNode } from '../graph.ts';
import type { Limits } from '../limits.ts';
import { modelError } from '../onnx/model-error.ts';

/** The operator set in whose terms models are rewritten. */
const OPSET = 20;

/** A value of the graph being made. */
export interface KerasValue {
  readonly name: string;
  readonly rank: number;
  /**
   * Whether its axes are those of the model, or the model's last axis, the channels, comes second as ONNX has it.
   */
  readonly order: 'model' | 'channelsSecond';
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

export const int = (value: number): AttributeValue => ({ kind: 'int', value: BigInt(value) });
export const float = (value: number): AttributeValue => ({ kind: 'float', value: Math.fround(value) });
export const ints = (values: readonly number[]): AttributeValue => ({
  kind: 'ints',
  value: BigInt64Array.from(values, BigInt),
});
export const string = (value: string): AttributeValue => ({ kind: 'string', value });

const range = (length: number, first: number) => Array.from({ length }, (_, i) => first + i);

/** Collects the nodes and constants of a graph in ONNX's operators. */
export class Emitter {
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, Constant>();
  readonly #weights: ReadonlyMap<string, Constant>;
  readonly #limits: Limits;
  readonly #names = new Set<string>();

  constructor(weights: ReadonlyMap<string, Constant>, limits: Limits) {
    this.#weights = weights;
    this.#limits = limits;
  }

  /** `name`, or with a number behind it where that is taken. */
  fresh(name: string): string {
    let free = name;
    for (let i = 1; this.#names.has(free); i++) free = `${name}_${i}`;
    this.#names.add(free);
    return free;
  }

  /** Adds a node of that name with one output, and returns the output's name. */
  node(name: string, opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const unique = this.fresh(name);
    return this.#push(unique, opType, inputs, `${unique}:0`, attributes);
  }

  /** Makes `value` an output of the graph of that name. */
  output(name: string, value: string): void {
    this.#push(this.fresh(`${name}/output`), 'Identity', [value], name, {});
  }

  #push(
    name: string,
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Attributes,
  ): string {
    const { maxNodes } = this.#limits;
    if (this.nodes.length === maxNodes) {
      throw modelError('number of nodes', `at most ${maxNodes}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    const known = new Map(Object.entries(attributes));
    this.nodes.push({ name, opType, opset: OPSET, inputs, outputs: [output], attributes: known });
    return output;
  }

  #constant(name: string, constant: Constant): string {
    const unique = this.fresh(name);
    this.constants.set(unique, constant);
    return unique;
  }

  floats(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.#constant(name, constantFrom(new Tensor('float32', Float32Array.from(values), dims)));
  }

  int64s(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(name, constantFrom(new Tensor('int64', data, [values.length])));
  }

  /** A layer's weight, and its dims. Models inside models may have their own names before the layer's. */
  weight(layer: string, kind: string, rank: number): { name: string; dims: readonly number[] } {
    const key = `${layer}/${kind}`;
    const found =
      this.#weights.get(key) ?? [...this.#weights].find(([name]) => name.endsWith(`/${key}`))?.[1];
    if (found === undefined) throw modelError(`weight ${key}`, 'an entry of the weights manifest', 'none');
    if (found.dims.length !== rank) {
      throw modelError(`shape of weight ${key}`, `${rank} dims`, found.dims);
    }
    return { name: this.#constant(key, found), dims: found.dims };
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

  transpose(name: string, perm: readonly number[]): string {
    return this.node(`${name}/transpose`, 'Transpose', [name], { perm: ints(perm) });
  }
}
