import { constantFrom, nodeError } from '@zeroskip/onnx';
import type { ErrorCode } from '@zeroskip/tensor';
import { allocate, Tensor } from '@zeroskip/tensor';
import type { GraphBuilder } from '../tfjs/graph/builder.ts';
import { TfNode } from '../tfjs/graph/node.ts';
import type { NodeEntry } from '../tfjs/graph/schema.ts';
import type { TensorValue } from '../tfjs/graph/value.ts';
import { type Fields, type FlatFile, readTable, type TableOf } from './flatbuffer.ts';
import type { Options } from './options.ts';
import { isEmpty, type Scales } from './scale.ts';
import type { OperatorEntry } from './schema.ts';
import { type LiteTensor, realVector } from './tensor.ts';

/** Where a node stands: the tensors around it, and their values. */
export interface Scope {
  readonly file: FlatFile;
  readonly tensors: readonly LiteTensor[];
  readonly values: Map<number, TensorValue>;
  /** What the values stand for, by name. */
  readonly reals: Map<string, TensorValue>;
  readonly scales: Scales;
  readonly builder: GraphBuilder;
  /** Operators that read a tensor. */
  readers(tensor: number): readonly string[];
  /** Writes a subgraph of the model for these inputs, with the axes of the model. */
  call(
    node: LiteNode,
    subgraph: number,
    inputs: readonly TensorValue[],
    builder: GraphBuilder,
  ): TensorValue[];
}

/** Absent, in a list of inputs. */
const NONE = -1;

/** The place of axis `axis` once axes are permuted. */
const movedTo = (perm: readonly number[], axis: number) => perm.indexOf(axis);

/** One node: its operands as values of the graph, and checked access to its options. */
export class LiteNode {
  readonly name: string;
  readonly opType: string;
  readonly #entry: OperatorEntry;
  readonly #scope: Scope;

  constructor(opType: string, entry: OperatorEntry, scope: Scope) {
    const [first] = entry.outputs;
    this.name = scope.tensors[first ?? NONE]?.name ?? opType;
    this.opType = opType;
    this.#entry = entry;
    this.#scope = scope;
  }

  error(what: string, expected: string, received: unknown, code: ErrorCode = 'ERR_INVALID_MODEL') {
    return nodeError(this, what, expected, received, code);
  }

  unsupported(what: string, expected: string, received: unknown) {
    return this.error(what, expected, received, 'ERR_UNSUPPORTED_OPERATOR');
  }

  /** As the translations of TensorFlow's operators take it. */
  tensorFlow(attr: NodeEntry['attr']): TfNode {
    return new TfNode({ name: this.name, op: this.opType, input: [], attr });
  }

  options<F extends Fields>({ union, fields }: Options<F>): TableOf<F> {
    const { builtinOptionsType, builtinOptions } = this.#entry;
    const isThere = builtinOptionsType === union && builtinOptions !== undefined;
    if (isThere) return readTable(this.#scope.file, builtinOptions, fields, `options of ${this.name}`);
    const absent = Object.entries(fields).map(([name, field]) => [name, field.absent]);
    return Object.fromEntries(absent);
  }

  get customOptions(): Uint8Array {
    return this.#entry.customOptions ?? new Uint8Array(0);
  }

  get inputCount(): number {
    return this.#entry.inputs.length;
  }

  get outputCount(): number {
    return this.#entry.outputs.length;
  }

  has(index: number): boolean {
    return (this.#entry.inputs[index] ?? NONE) !== NONE;
  }

  #at(index: number): number {
    const tensor = this.#entry.inputs[index] ?? NONE;
    if (this.#scope.tensors[tensor]) return tensor;
    const expected = `a tensor, one of ${this.#scope.tensors.length},`;
    throw this.error(`input ${index}`, expected, tensor === NONE ? 'none' : tensor);
  }

  tensor(index: number): LiteTensor {
    return this.#scope.tensors[this.#at(index)]!;
  }

  output(index: number): LiteTensor {
    const tensor = this.#scope.tensors[this.#entry.outputs[index] ?? NONE];
    if (tensor) return tensor;
    throw this.error(`output ${index}`, 'a tensor', this.#entry.outputs[index] ?? 'none');
  }

  /** Operators that read output 0. */
  get readers(): readonly string[] {
    return this.#scope.readers(this.#entry.outputs[0] ?? NONE);
  }

  /** Dims of an input, of a rank. */
  dims(index: number, rank: number): readonly number[] {
    const { dims } = this.tensor(index);
    if (dims.length === rank) return dims;
    throw this.error(`rank of input ${index}`, String(rank), dims.length, 'ERR_INVALID_SHAPE');
  }

  /** Whether an input holds, or stands for, numbers that are not whole. */
  isFloat(index: number): boolean {
    const tensor = this.tensor(index);
    return tensor.isQuantized || tensor.type().startsWith('float');
  }

  /** An input as the model has it: integers, where it is quantized. */
  raw(index: number): TensorValue {
    const at = this.#at(index);
    const { values, tensors, builder } = this.#scope;
    const known = values.get(at);
    if (known) return known;
    const tensor = tensors[at]!;
    const constant = tensor.constant() ?? (isEmpty(tensor) ? emptyConstant(tensor) : undefined);
    if (constant === undefined) {
      const received = `tensor ${JSON.stringify(tensor.name)}, which nothing before it gives`;
      throw this.error(`input ${index}`, 'a value', received);
    }
    const { dims } = tensor;
    const name = builder.emitter.constant(tensor.name, constant);
    const value = { ...builder.plain(name, dims.length, dims.length === 1 ? dims[0] : undefined), constant };
    values.set(at, value);
    return value;
  }

  /** The numbers that `value` stands for, which is input `index` in some form. */
  #real(value: TensorValue, index: number, axis = 0): TensorValue {
    const tensor = this.tensor(index);
    if (!tensor.isQuantized) return value;
    const { reals, scales, builder } = this.#scope;
    const known = reals.get(value.name);
    if (known) return known;
    const { constant: _, ...rest } = value;
    const real = { ...rest, name: scales.real(value.name, tensor, builder, axis) };
    reals.set(value.name, real);
    return real;
  }

  /** An input as numbers. */
  input(index: number): TensorValue {
    const { quantization, isQuantized } = this.tensor(index);
    const value = this.raw(index);
    if (isQuantized && quantization!.scale.length > 1 && value.constant === undefined) {
      throw this.unsupported(`scales of input ${index}`, 'one', quantization!.scale.length);
    }
    return this.#real(value, index, quantization?.axis);
  }

  /** All inputs that there are. */
  inputs(): TensorValue[] {
    return this.#entry.inputs.flatMap((_, index) => (this.has(index) ? [this.input(index)] : []));
  }

  /** An input of four axes, channels second. */
  map(index: number): TensorValue {
    this.dims(index, 4);
    const { scale } = this.tensor(index).quantization ?? {};
    if (scale && scale.length > 1) throw this.unsupported(`scales of input ${index}`, 'one', scale.length);
    const raw = this.raw(index);
    return this.#real({ ...raw, ...this.#scope.builder.channelsSecond(raw) }, index);
  }

  /** An input with the axes of the model, in other dims. */
  reshaped(index: number, dims: readonly number[]): TensorValue {
    const { builder } = this.#scope;
    const name = builder.reshape(`${this.name}/reshaped`, builder.modelOrder(this.raw(index)).name, dims);
    return this.#real(builder.plain(name, dims.length), index);
  }

  /** Weights with their axes permuted. */
  weights(index: number, perm: readonly number[]): string {
    this.dims(index, perm.length);
    const { builder } = this.#scope;
    const isSame = perm.every((axis, at) => axis === at);
    const value = builder.modelOrder(this.raw(index));
    const name = isSame ? value.name : builder.permuted(value.name, perm);
    const axis = movedTo(perm, this.tensor(index).quantization?.axis ?? 0);
    return this.#real({ name, rank: perm.length, order: 'model' }, index, axis).name;
  }

  /** A bias as numbers; an absent one is the empty string. */
  bias(index: number): string {
    if (!this.has(index)) return '';
    const tensor = this.tensor(index);
    const raw = this.raw(index);
    if (tensor.isQuantized || raw.constant === undefined) return this.input(index).name;
    if (raw.constant.type === 'float32') return raw.name;
    if (tensor.quantization === undefined) {
      throw this.error(`scale of input ${index}`, 'a number', 'none');
    }
    const { builder } = this.#scope;
    return builder.emitter.constant(`${raw.name}/real`, realVector(raw.constant, tensor.quantization));
  }

  call(subgraph: number, inputs: readonly TensorValue[], builder: GraphBuilder): TensorValue[] {
    return this.#scope.call(this, subgraph, inputs, builder);
  }
}

function emptyConstant(tensor: LiteTensor) {
  const type = tensor.type();
  return constantFrom(new Tensor(type, allocate(type, 0) as never, tensor.dims));
}
