import {
  type AttributeValue,
  type Constant,
  constantFrom,
  defaultLimits,
  type ValueType,
} from '@zeroskip/onnx';
import { type ElementType, sizeOf, Tensor } from '@zeroskip/tensor';
import { foldConstants } from '../../../../src/passes/fold-constants.ts';
import { float32, int64, type Message, model, node, valueInfo } from '../../../support/onnx.ts';
import { pick, type Random } from '../target.ts';
import { inBranch } from './branch.ts';
import { type FlowParts, inLoop, withDetour } from './flow.ts';

/** Keeps an input within a millisecond or two. */
const MAX_ELEMENTS = 1500;
const MAX_RANK = 5;
const limits = { ...defaultLimits, maxFoldedBytes: 32 * MAX_ELEMENTS, maxRunBytes: 32 * MAX_ELEMENTS };

type Attributes = Readonly<
  Record<
    string,
    number | string | readonly number[] | Tensor | { readonly float: number } | { readonly floats: number[] }
  >
>;

function attributeOf(value: Attributes[string]): AttributeValue {
  if (typeof value === 'number') return { kind: 'int', value: BigInt(value) };
  if (typeof value === 'string') return { kind: 'string', value };
  if (value instanceof Tensor) return { kind: 'tensor', value: constantFrom(value) };
  if ('float' in value) return { kind: 'float', value: Math.fround(value.float) };
  if ('floats' in value) return { kind: 'floats', value: Float32Array.from(value.floats) };
  return { kind: 'ints', value: BigInt64Array.from(value, BigInt) };
}

/** A network that grows node by node; of each value the type, dims and, where nothing is fed, values are known. */
export class GraphDraft {
  readonly random: Random;
  readonly opset: number;
  /** Names of the float32 values that depend on what is fed, oldest first. */
  readonly values: string[] = [];
  readonly #types = new Map<string, ValueType>();
  readonly #known = new Map<string, Constant>();
  readonly #constants: Record<string, Tensor> = {};
  readonly #inputs: Message[] = [];
  readonly #nodes: Message[] = [];
  #names = 0;

  constructor(random: Random, opset: number) {
    this.random = random;
    this.opset = opset;
  }

  whole(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return pick(list, this.random);
  }

  dims(name: string): readonly number[] {
    return (this.#known.get(name) ?? this.#types.get(name))!.dims;
  }

  /** One of the float32 values that `fits`, the later the likelier. */
  value(fits: (dims: readonly number[]) => boolean = () => true): string | undefined {
    const found = this.values.filter((name) => fits(this.dims(name)));
    return found[Math.floor(found.length * this.random() ** 0.4)];
  }

  /** An input whose dims are fixed, or symbols that end with the size that they stand for. */
  input(dims: readonly number[]): void {
    const name = `x${this.#inputs.length}`;
    const open = (axis: number) => this.chance(axis === 1 ? 0.1 : 0.4);
    const isOpen = dims.map((_, axis) => open(axis));
    this.#inputs.push(
      valueInfo(
        name,
        'float32',
        dims.map((dim, axis) => (isOpen[axis] ? `${'nchw'[axis]}${dim}` : dim)),
      ),
    );
    this.#types.set(name, { type: 'float32', dims });
    this.values.push(name);
  }

  /** A constant of the model: an initializer, or what a Constant node holds. */
  constant(tensor: Tensor): string {
    const held = this.chance(0.15) ? this.add('Constant', [], { value: tensor }) : undefined;
    if (held) return held[0]!;
    const name = `c${this.#names++}`;
    this.#constants[name] = tensor;
    this.#known.set(name, constantFrom(tensor));
    return name;
  }

  ints(values: readonly number[]): string {
    return this.constant(int64(values));
  }

  /** Sixteenths from `low` to `high`, some of which are zero. */
  floats(dims: readonly number[], low = -1, high = 1): string {
    const value = () => (low < 0 && this.chance(0.1) ? 0 : this.whole(low * 16, high * 16) / 16);
    return this.constant(float32(dims, Array.from({ length: sizeOf(dims) }, value)));
  }

  /** Adds a node; undefined, and nothing is added, where it would not be valid or large. */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    count = 1,
  ): string[] | undefined {
    const outputs = Array.from({ length: count }, (_, i) => `v${this.#names + i}`);
    const graphNode = {
      name: outputs[0]!,
      opType,
      opset: this.opset,
      inputs,
      outputs,
      attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)])),
    };
    try {
      const { types, constants } = foldConstants(
        { nodes: [graphNode], inputs: [], outputs: [], constants: this.#known },
        this.#types,
        limits,
      );
      const found = outputs.map((name) => ({ name, constant: constants.get(name), type: types.get(name) }));
      const dims = found.map(({ constant, type }) => (constant ?? type!).dims);
      if (dims.some((each) => sizeOf(each) > MAX_ELEMENTS || each.length > MAX_RANK)) return undefined;
      for (const { name, constant, type } of found) {
        if (constant) this.#known.set(name, constant);
        else this.#types.set(name, type!);
        if (type?.type === 'float32') this.values.push(name);
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
    this.#names += count;
    this.#nodes.push(node(opType, inputs, outputs, attributes));
    return outputs;
  }

  /** Nodes one after the other: each takes the output of the one before as its first input. */
  chain(start: string | undefined, ...links: ((x: string) => string | undefined)[]): void {
    let value = start;
    for (const link of links) if (value !== undefined) value = link(value);
  }

  /** The nodes, in some networks with control flow, or dims that only a run tells, among them. */
  #inFlow(outputs: ReadonlySet<string>): readonly Message[] {
    const last = this.#nodes.length - 1;
    if (last < 0) return this.#nodes;
    const flow = (nodes: readonly Message[]): FlowParts => ({
      nodes,
      input: 'x0',
      constant: (name, tensor) => {
        this.#constants[name] = tensor;
        return name;
      },
    });
    let nodes: readonly Message[] = this.#nodes;
    if (this.chance(0.1)) {
      const from = this.whole(0, last);
      const trips = this.whole(1, 2);
      nodes = inLoop(flow(nodes), outputs, [from, this.whole(from + 1, last + 1)], trips);
    } else if (this.chance(0.15) && this.opset >= 11) {
      const computed = this.values.filter((name) => !name.startsWith('x'));
      const values = new Set([0, 1].map(() => this.pick(computed)));
      for (const value of values) if (value) nodes = withDetour(flow(nodes), value, this.whole(0, 2));
    }
    return nodes;
  }

  /** The nodes, in one of ten networks some of them in the branch of an If. */
  #inBranch(outputs: ReadonlySet<string>, read: Set<string>): readonly Message[] {
    if (this.#nodes.length === 0 || !this.chance(0.1)) return this.#nodes;
    const from = this.whole(0, this.#nodes.length - 1);
    const to = this.whole(from + 1, this.#nodes.length);
    const takes = this.chance(0.5);
    this.#constants.condition = new Tensor('bool', [takes], []);
    read.add('condition');
    return inBranch({ nodes: this.#nodes, outputs, input: 'x0' }, from, to, 'condition', takes);
  }

  /** The model, with one to four of all values as its outputs. */
  model(): Uint8Array {
    const computed = [...this.#types.keys()].filter((name) => !name.startsWith('x'));
    const known = [...this.#known.keys()].filter((name) => this.#known.get(name)!.dims.length < MAX_RANK);
    const names = new Set<string>();
    if (computed.length > 0) names.add(computed.at(-1)!);
    for (let count = this.pick([0, 0, 1, 1, 2, 3]); count > 0 && computed.length > 0; count--)
      names.add(this.pick(computed));
    if (known.length > 0 && (names.size === 0 || this.chance(0.05))) names.add(this.pick(known));
    if (names.size === 0 || this.chance(0.02)) names.add('x0');
    const typeOf = (name: string): ElementType => (this.#known.get(name) ?? this.#types.get(name)!).type;
    const read = new Set([...names, ...this.#nodes.flatMap(({ input }) => input as string[])]);
    const branched = this.#inBranch(names, read);
    const nodes = branched === this.#nodes ? this.#inFlow(names) : branched;
    for (const each of nodes) for (const name of each.input as string[]) read.add(name);
    return model({
      nodes,
      inputs: this.#inputs,
      outputs: [...names].map((name) => valueInfo(name, typeOf(name), this.dims(name))),
      constants: Object.fromEntries(Object.entries(this.#constants).filter(([name]) => read.has(name))),
      opset: this.opset,
    });
  }
}
