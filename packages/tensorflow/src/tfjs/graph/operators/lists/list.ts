import { constantFrom, int } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { type GraphBuilder, row, type Translate, type Translation } from '../../builder.ts';
import { conditional } from '../../control/emit.ts';
import type { TfNode } from '../../node.ts';
import { kindOf, type ListType, type TensorValue } from '../../value.ts';
import { together } from '../strings/bytes.ts';

/** A list with the bytes of its strings. */
export function listOf(
  name: string,
  list: ListType,
  { rank, bytes }: Pick<TensorValue, 'rank' | 'bytes'>,
): TensorValue {
  return { name, rank, order: 'model', list, ...(bytes !== undefined && { bytes }) };
}

/** Input `index`, which must be a list. */
export function listAt(
  node: TfNode,
  inputs: readonly TensorValue[],
  index: number,
): TensorValue & { list: ListType } {
  const value = inputs[index];
  if (value?.list) return value as TensorValue & { list: ListType };
  const received = value === undefined ? 'none' : kindOf(value);
  throw node.error(`input ${index}`, 'a list of tensors', received, 'ERR_INVALID_TYPE');
}

/** Input `index`, which must be a tensor; of strings where the list is one of strings. */
export function itemAt(
  node: TfNode,
  inputs: readonly TensorValue[],
  index: number,
  list: TensorValue,
): TensorValue {
  const value = inputs[index]!;
  if (value.list || value.isComplex || (value.bytes === undefined) !== (list.bytes === undefined)) {
    const expected = list.bytes === undefined ? 'a tensor of numbers' : 'a tensor of strings';
    throw node.error(`input ${index}`, expected, kindOf(value), 'ERR_INVALID_TYPE');
  }
  return value;
}

/** The type of the tensors of a list, and the bytes of its strings. */
export function elementType(node: TfNode, key: string, builder: GraphBuilder) {
  if (!node.isOfStrings(key)) return { type: node.type(key, 'float32') };
  const none = constantFrom(new Tensor('uint8', new Uint8Array(0), [0]));
  return { type: 'int64' as const, bytes: builder.emitter.constant(`${node.name}/bytes`, none) };
}

/** Dims of the tensors of a list as an operand has them, -1 where they are open; undefined for any dims. */
export function shapeOf(value: TensorValue | undefined): number[] | undefined {
  const { constant } = value ?? {};
  if (constant === undefined || constant.dims.length !== 1) return undefined;
  return Array.from(constant.load().data as Int32Array, Number);
}

const isClosed = (shape: readonly number[] | undefined) => shape?.every((dim) => dim >= 0);

/** `count` tensors of zeros; empty ones where their dims are open. */
export function reserved(
  node: TfNode,
  type: ListType['type'],
  shape: readonly number[] | undefined,
  count: string,
  builder: GraphBuilder,
): string {
  const { name } = node;
  const rest = builder.int64s(`${name}/dims`, isClosed(shape) ? shape! : [0]);
  const size = builder.node(`${name}/count`, 'Reshape', [count, builder.int64s('one', [1])]);
  const dims = builder.node(`${name}/all`, 'Concat', [size, rest], { axis: int(0) });
  const zeros = builder.node(`${name}/zeros`, 'Expand', [builder.scalar(`${name}/zero`, type, 0), dims]);
  return unstacked(name, zeros, builder);
}

/** The slices of a tensor along its first axis. */
export const unstacked = (name: string, value: string, builder: GraphBuilder) =>
  builder.node(name, 'SplitToSequence', [value], { axis: int(0), keepdims: int(0) });

export const item = (name: string, list: TensorValue, index: TensorValue, builder: GraphBuilder) =>
  builder.node(name, 'SequenceAt', [list.name, builder.wide(index).name]);

/** A list and a tensor for it, whose strings are parts of the same bytes. */
function joined(list: TensorValue & { list: ListType }, value: TensorValue, builder: GraphBuilder) {
  const { values, bytes } = together([list, builder.modelOrder(value)], builder);
  const [into, put] = values as [TensorValue, TensorValue];
  const rank = list.rank === put.rank ? put.rank : undefined;
  const result = (name: string) => listOf(name, list.list, { rank, ...(bytes !== undefined && { bytes }) });
  return { into: into.name, put: put.name, result };
}

/** The list with one more tensor at its end. */
export function appended(
  node: TfNode,
  list: TensorValue & { list: ListType },
  value: TensorValue,
  builder: GraphBuilder,
): TensorValue {
  const { into, put, result } = joined(list, value, builder);
  return result(builder.node(node.name, 'SequenceInsert', [into, put]));
}

/** The list with another tensor at a place. */
export function withItem(
  node: TfNode,
  list: TensorValue & { list: ListType },
  index: TensorValue,
  value: TensorValue,
  builder: GraphBuilder,
): TensorValue {
  const { into, put, result } = joined(list, value, builder);
  const at = builder.wide(index).name;
  const inserted = (from: string) => (inner: GraphBuilder) => [
    result(inner.node(node.name, 'SequenceInsert', [from, put, at])),
  ];
  const replaced = (inner: GraphBuilder) =>
    inserted(inner.node(`${node.name}/without`, 'SequenceErase', [into, at]))(inner);
  if (!list.list.grows) return replaced(builder)[0]!;
  const size = builder.node(`${node.name}/length`, 'SequenceLength', [into]);
  const isInside = builder.plain(builder.node(`${node.name}/inside`, 'Less', [at, size]), 0);
  return conditional(node, isInside, [inserted(into), replaced], builder)[0]!;
}

/** What a node of sequences makes of a list, `count` times. */
function times(
  name: string,
  list: string,
  count: string,
  write: (inner: GraphBuilder, list: string) => string,
  builder: GraphBuilder,
): string {
  const inner = builder.nested();
  const carried = inner.emitter.reserve(`${name}/list`);
  const made = write(inner, carried);
  const body = inner.emitter.loopBody(name, [carried], (goes) => [goes, made]);
  return builder.node(name, 'Loop', [count, '', list], { body });
}

/** The list cut off at, or filled up to, a number of tensors. */
export function resized(
  { name }: TfNode,
  list: TensorValue & { list: ListType },
  size: string,
  builder: GraphBuilder,
): string {
  const length = builder.node(`${name}/length`, 'SequenceLength', [list.name]);
  const none = builder.int64s(`${name}/none`, [0]);
  const above = (a: string, b: string) =>
    builder.node(`${name}/count`, 'Max', [builder.node(`${name}/rest`, 'Sub', [a, b]), none]);
  const cut = (inner: GraphBuilder, from: string) => inner.node(`${name}/cut`, 'SequenceErase', [from]);
  const shorter = times(`${name}/shorter`, list.name, above(length, size), cut, builder);
  const dims = builder.int64s(`${name}/dims`, [0]);
  const empty = builder.node(`${name}/empty`, 'Expand', [
    builder.scalar(`${name}/zero`, list.list.type, 0),
    dims,
  ]);
  const grow = (inner: GraphBuilder, to: string) =>
    inner.node(`${name}/grown`, 'SequenceInsert', [to, empty]);
  return times(name, shorter, above(size, length), grow, builder);
}

/** All tensors of a list along a new first axis. */
export function stacked(
  name: string,
  list: TensorValue & { list: ListType },
  shape: readonly number[] | undefined,
  builder: GraphBuilder,
): TensorValue {
  const attributes = { axis: int(0), new_axis: int(1) };
  const rank = list.rank ?? shape?.length;
  const result = (stack: string): TensorValue => ({
    ...builder.plain(stack, rank === undefined ? undefined : rank + 1),
    ...(list.bytes !== undefined && { bytes: list.bytes }),
  });
  if (!isClosed(shape)) return result(builder.node(name, 'ConcatFromSequence', [list.name], attributes));
  // The list may be empty: a tensor of zeros goes before it, and away again.
  const zero = builder.scalar(`${name}/zero`, list.list.type, 0);
  const zeros = builder.node(`${name}/zeros`, 'Expand', [zero, builder.int64s(`${name}/dims`, shape!)]);
  const place = builder.scalar(`${name}/first`, 'int64', 0);
  const longer = builder.node(`${name}/longer`, 'SequenceInsert', [list.name, zeros, place]);
  const stack = builder.node(`${name}/stack`, 'ConcatFromSequence', [longer], attributes);
  const bounds = [[1], [Number.MAX_SAFE_INTEGER], [0]].map((at) => builder.int64s(`${name}/bound`, at));
  return result(builder.node(name, 'Slice', [stack, ...bounds]));
}

/** The parts of a tensor along its first axis, of the lengths that are given. */
export const splitByLengths = (name: string, value: string, lengths: TensorValue, builder: GraphBuilder) =>
  builder.node(name, 'SplitToSequence', [value, builder.wideVector(lengths)], { axis: int(0) });

/** The slices of `value` at the places that `indices` name, of `count` places in all. */
export function scattered(
  name: string,
  value: TensorValue,
  indices: TensorValue,
  count: string,
  type: ListType['type'],
  builder: GraphBuilder,
): string {
  const rest = builder.node(`${name}/rest`, 'Shape', [value.name], { start: int(1) });
  const dims = builder.node(`${name}/dims`, 'Concat', [count, rest], { axis: int(0) });
  const zeros = builder.node(`${name}/zeros`, 'Expand', [builder.scalar(`${name}/zero`, type, 0), dims]);
  const rows = builder.reshape(`${name}/rows`, builder.wideVector(indices), [-1, 1]);
  return unstacked(name, builder.node(`${name}/whole`, 'ScatterND', [zeros, rows, value.name]), builder);
}

/** One more than the largest index, as a vector. */
export function behindLast(name: string, indices: TensorValue, builder: GraphBuilder): string {
  const most = builder.node(`${name}/last`, 'ReduceMax', [builder.wideVector(indices)], { keepdims: int(1) });
  return builder.node(`${name}/count`, 'Add', [most, builder.int64s(`${name}/one`, [1])]);
}

export const length = (node: TfNode, list: TensorValue, builder: GraphBuilder) =>
  builder.plain(
    builder.cast(node.name, builder.node(`${node.name}/length`, 'SequenceLength', [list.name]), 'int32'),
    0,
  );

/** All tensors of a list one after the other along their first axis. */
export function concatenated(name: string, list: TensorValue, builder: GraphBuilder): TensorValue {
  const joined = builder.node(name, 'ConcatFromSequence', [list.name], { axis: int(0) });
  return { ...builder.plain(joined, list.rank), ...(list.bytes !== undefined && { bytes: list.bytes }) };
}

/** A row for an operator that takes lists, and tensors of strings. */
export const ofLists = (inputs: number, translate: Translate, outputs?: readonly string[]): Translation =>
  row(inputs, translate, outputs, ['lists', 'strings']);
