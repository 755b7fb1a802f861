import { type Constant, constantFrom, ints, string } from '@zeroskip/onnx';
import { type ElementType, Tensor } from '@zeroskip/tensor';
import type { Attributes, Emitter } from '../emitter.ts';
import type { Fitted } from './fit-sizes.ts';
import type { TfNode } from './node.ts';
import type { TensorValue } from './value.ts';

const RANK = 4;

/** ONNX's numbers of the types that graph models compute with. */
const DATA_TYPES = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

export type GraphType = keyof typeof DATA_TYPES;

const isWhole = ({ type }: Constant) => /^u?int/.test(type);

const range = (length: number) => Array.from({ length }, (_, i) => i);

/** Writes nodes of ONNX for one graph, and keeps maps in the order of axes that they have. */
export class GraphBuilder {
  readonly emitter: Emitter;
  /** Transposed convolutions of sizes that the graph computes. */
  readonly fitted: Fitted[] = [];
  readonly #around: GraphBuilder | undefined;
  readonly #wide = new Map<string, TensorValue>();

  constructor(emitter: Emitter, around?: GraphBuilder) {
    this.emitter = emitter;
    this.#around = around;
  }

  /** For a graph inside a node, which may read what is written here. */
  nested(): GraphBuilder {
    return new GraphBuilder(this.emitter.nested(), this);
  }

  /** Adds a node with one output. */
  node(name: string, opType: string, inputs: readonly string[], attributes?: Attributes): string {
    return this.emitter.node(name, opType, inputs, attributes);
  }

  /** `like`, as to rank and order, under another name. */
  like({ rank, order }: TensorValue, name: string): TensorValue {
    return { name, rank, order };
  }

  /** A value with the model's axes. */
  plain(name: string, rank?: number, length?: number): TensorValue {
    return { name, rank, order: 'model', ...(length === undefined ? {} : { length }) };
  }

  /** `value` with the axes of the model. */
  modelOrder(value: TensorValue): TensorValue {
    if (value.order === 'model') return value;
    return this.plain(this.emitter.transpose(value.name, [0, 2, 3, 1]), RANK);
  }

  /** `value`, of four axes, with its last one second. */
  channelsSecond(value: TensorValue): TensorValue {
    if (value.order === 'channelsSecond') return value;
    const name = this.emitter.transpose(value.name, [0, 3, 1, 2]);
    return { name, rank: RANK, order: 'channelsSecond' };
  }

  /** The input of an operator on maps, as ONNX has it. */
  map(node: TfNode, value: TensorValue): TensorValue {
    if (value.rank !== undefined && value.rank !== RANK) {
      throw node.error('rank of the input', String(RANK), value.rank, 'ERR_INVALID_SHAPE');
    }
    return node.channelsLast ? this.channelsSecond(value) : { ...this.modelOrder(value), rank: RANK };
  }

  /** `values`, which broadcast to one another, in one order of axes: that of a map where there is one. */
  together(values: readonly TensorValue[]): TensorValue[] {
    const isMap = values.some(({ order }) => order === 'channelsSecond');
    const fits = values.every(({ rank }) => rank !== undefined && rank <= RANK);
    if (isMap && fits) return values.map((value) => this.#asMap(value));
    return values.map((value) => this.modelOrder(value));
  }

  #asMap(value: TensorValue): TensorValue {
    const { name, rank } = value;
    if (value.order === 'channelsSecond' || rank === 0) return value;
    if (rank === RANK) return this.channelsSecond(value);
    const axes = this.int64s(`${name}/axes`, range(RANK - rank!));
    return this.channelsSecond(this.plain(this.node(`${name}/map`, 'Unsqueeze', [name, axes]), RANK));
  }

  /** What element-wise nodes make of `values`. */
  broadcast(values: readonly TensorValue[], name: string): TensorValue {
    const ranks = values.map(({ rank }) => rank);
    const rank = ranks.includes(undefined) ? undefined : Math.max(...(ranks as number[]));
    const order = values.some((value) => value.order === 'channelsSecond') ? 'channelsSecond' : 'model';
    return { name, rank, order };
  }

  int64s(name: string, values: readonly number[], dims?: readonly number[]): string {
    return this.emitter.int64s(name, values, dims);
  }

  /** A scalar of a type. */
  scalar(name: string, type: ElementType, value: number): string {
    if (type === 'float32') return this.emitter.floats(name, [value], []);
    if (type === 'int64') return this.emitter.int64s(name, [value], []);
    const data = type === 'bool' ? Uint8Array.of(value) : Int32Array.of(value);
    return this.emitter.constant(name, constantFrom(new Tensor(type, data as Int32Array, [])));
  }

  cast(name: string, value: string, type: GraphType): string {
    return this.node(name, 'Cast', [value], { to: { kind: 'int', value: BigInt(DATA_TYPES[type]) } });
  }

  /** A value of integers as ONNX takes shapes and indices, with the axes of the model. */
  wide(value: TensorValue): TensorValue {
    const known = this.#widened(value.name);
    if (known) return known;
    const { name, constant } = value;
    const wide = {
      ...this.modelOrder(value),
      name:
        constant && isWhole(constant)
          ? this.int64s(
              `${name}/int64`,
              Array.from(constant.load().data as Int32Array, Number),
              constant.dims,
            )
          : this.cast(`${name}/int64`, this.modelOrder(value).name, 'int64'),
    };
    this.#wide.set(name, wide);
    return wide;
  }

  /** What stands here or around it. */
  #widened(name: string): TensorValue | undefined {
    const known = this.#wide.get(name);
    return known || !this.#around ? known : this.#around.#widened(name);
  }

  /** A vector of integers for ONNX; a scalar becomes one of a single element. */
  wideVector(value: TensorValue): string {
    const wide = this.wide(value).name;
    return value.rank === 1 ? wide : this.node(`${wide}/vector`, 'Reshape', [wide, this.int64s('one', [-1])]);
  }

  /** The integers of an operand that must be a weight. */
  integers(node: TfNode, value: TensorValue | undefined, what: string): number[] {
    if (value?.constant === undefined || value.constant.type === 'bool') {
      throw node.unsupported(what, 'a constant', value === undefined ? 'none' : 'a value of the graph');
    }
    if (!isWhole(value.constant)) throw node.error(what, 'integers', value.constant.type, 'ERR_INVALID_TYPE');
    return Array.from(value.constant.load().data as Int32Array, Number);
  }

  /** The numbers of an operand that must be a weight. */
  floats(node: TfNode, value: TensorValue | undefined, what: string): number[] {
    if (value?.constant?.type !== 'float32') {
      throw node.unsupported(what, 'a constant', value === undefined ? 'none' : 'a value of the graph');
    }
    return Array.from(value.constant.load().data as Float32Array);
  }

  reshape(name: string, value: string, dims: readonly number[]): string {
    return this.node(name, 'Reshape', [value, this.int64s(`${name}/shape`, dims)]);
  }

  /** `value` in a transposed order of axes. */
  permuted(value: string, perm: readonly number[]): string {
    return this.emitter.transpose(value, perm);
  }
}

/** How the nodes of one operator of TensorFlow are written: all their outputs. */
export type Translate = (
  node: TfNode,
  inputs: readonly TensorValue[],
  builder: GraphBuilder,
) => TensorValue | readonly TensorValue[];

export interface Translation {
  /** Fewest inputs. */
  readonly inputs: number;
  readonly translate: Translate;
  /** Names of the outputs, where a node has several: functions refer to them. */
  readonly outputs?: readonly string[];
  /** What its inputs may be beside tensors of numbers. */
  readonly takes?: readonly ('complex' | 'lists' | 'strings')[];
}

/** By operator. */
export type Translations = Readonly<Record<string, Translation>>;

export const row = (
  inputs: number,
  translate: Translate,
  outputs?: readonly string[],
  takes?: Translation['takes'],
): Translation => ({
  inputs,
  translate,
  ...(outputs && { outputs }),
  ...(takes && { takes }),
});

/** The padding that an operator on maps is told by name, or by its own list. */
export function padding(node: TfNode, explicit = node.ints('explicit_paddings')): Attributes {
  const kind = node.choice('padding', ['SAME', 'VALID', 'EXPLICIT']);
  if (kind === 'SAME') return { auto_pad: string('SAME_UPPER') };
  if (kind === 'VALID') return {};
  const [top, bottom, left, right] = explicit.slice(node.channelsLast ? 2 : 4);
  const pads = [top, left, bottom, right];
  if (explicit.length !== 8 || pads.some((pad) => !(pad! >= 0))) {
    throw node.error('attribute explicit_paddings', 'eight sizes from 0', explicit);
  }
  return { pads: ints(pads as number[]) };
}
