import { int } from '@zeroskip/onnx';
import { type GraphBuilder, type GraphType, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import { axisOf, type TensorValue } from '../../value.ts';
import { ofLists } from '../lists/list.ts';
import { partsOf } from '../parts.ts';

const identity: Translate = (_node, inputs) => inputs;

const reshape: Translate = (node, inputs, builder) => {
  const shape = inputs[1]!;
  const operands = [builder.modelOrder(inputs[0]!).name, builder.wide(shape).name];
  const rank = shape.length ?? shape.constant?.dims[0];
  // An empty tensor may have dims of 0, which ONNX copies unless told.
  return builder.plain(builder.node(node.name, 'Reshape', operands, { allowzero: int(1) }), rank);
};

const squeeze: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const axes = [...node.ints('squeeze_dims'), ...node.ints('axis')];
  const operands = axes.length === 0 ? [] : [builder.int64s(`${node.name}/axes`, axes)];
  const rank = input.rank === undefined || axes.length === 0 ? undefined : input.rank - axes.length;
  return builder.plain(builder.node(node.name, 'Squeeze', [input.name, ...operands]), rank);
};

const expandDims: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const operands = [input.name, builder.wideVector(inputs[1]!)];
  return builder.plain(
    builder.node(node.name, 'Unsqueeze', operands),
    input.rank === undefined ? undefined : input.rank + 1,
    input.rank === 0 ? 1 : undefined,
  );
};

/** Transposes between the order of the model and that of ONNX are two views of one value. */
const transpose: Translate = (node, [input, order], builder) => {
  const perm = builder.integers(node, order, 'the permutation');
  const rank = perm.length;
  const turned = perm.map((axis) => (axis < 0 ? axis + rank : axis));
  const key = turned.join();
  if (input!.order === 'channelsSecond' && key === '0,3,1,2') return builder.plain(input!.name, rank);
  if (input!.order === 'model' && key === '0,2,3,1')
    return { name: input!.name, rank, order: 'channelsSecond' };
  return builder.plain(builder.permuted(builder.modelOrder(input!).name, turned), rank);
};

/** The dims of a value, in the order of the model. */
function dimsOf(name: string, input: TensorValue, builder: GraphBuilder): string {
  const dims = builder.node(`${name}/dims`, 'Shape', [input.name]);
  if (input.order === 'model') return dims;
  return builder.node(`${name}/turned`, 'Gather', [dims, builder.int64s(`${name}/axes`, [0, 2, 3, 1])]);
}

const shape: Translate = (node, [input], builder) => {
  const dims = dimsOf(node.name, input!, builder);
  const type = node.type('out_type', 'int32') as GraphType;
  return builder.plain(builder.cast(node.name, dims, type), 1, input!.rank);
};

const shapesOf: Translate = (node, inputs, builder) =>
  inputs.flatMap((input) => shape(node, [input], builder) as TensorValue);

const size: Translate = (node, [input], builder) => {
  const count = builder.node(`${node.name}/count`, 'Size', [input!.name]);
  return builder.plain(builder.cast(node.name, count, node.type('out_type', 'int32') as GraphType), 0);
};

const rankOf: Translate = (node, [input], builder) => {
  const dims = builder.node(`${node.name}/dims`, 'Shape', [input!.name]);
  return builder.plain(
    builder.cast(node.name, builder.node(`${node.name}/count`, 'Size', [dims]), 'int32'),
    0,
  );
};

const pack: Translate = (node, inputs, builder) => {
  const axis = node.int('axis');
  const axes = builder.int64s(`${node.name}/axes`, [axis]);
  const parts = inputs.map((input) =>
    builder.node(`${node.name}/part`, 'Unsqueeze', [builder.modelOrder(input).name, axes]),
  );
  const known = inputs.find(({ rank }) => rank !== undefined)?.rank;
  const rank = known === undefined ? undefined : known + 1;
  const name = builder.node(node.name, 'Concat', parts, { axis: int(axis) });
  return builder.plain(name, rank, rank === 1 ? inputs.length : undefined);
};

const unpack: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const axis = node.int('axis');
  const count = node.int('num');
  if (count < 1) throw node.error('attribute num', 'at least 1', count);
  const axes = builder.int64s(`${node.name}/axes`, [axis]);
  const attributes = { axis: int(axis), num_outputs: int(count) };
  const parts = builder.emitter.multiple(node.name, 'Split', [input.name], count, attributes);
  const rank = input.rank === undefined ? undefined : input.rank - 1;
  return parts.map((part) => builder.plain(builder.node(`${node.name}/part`, 'Squeeze', [part, axes]), rank));
};

function axisAmong(node: TfNode, value: TensorValue, axis: number): number {
  const { rank } = value;
  if (rank !== undefined && (axis < -rank || axis >= rank)) {
    throw node.error('the axis', `an axis of ${rank} dims`, axis, 'ERR_INVALID_SHAPE');
  }
  return rank === undefined ? axis : axisOf(value, axis < 0 ? axis + rank : axis);
}

/** @param first whether the axis is the first operand rather than the last */
const concat =
  (first: boolean): Translate =>
  (node, inputs, builder) => {
    const operand = first ? inputs[0] : inputs.at(-1);
    const [axis = 0] = builder.integers(node, operand, 'the axis');
    const joined = first ? inputs.slice(1) : inputs.slice(0, -1);
    const isMap = joined.every(({ rank }) => rank === 4) && joined.some(({ order }) => order !== 'model');
    const values = joined.map((value) => (isMap ? builder.channelsSecond(value) : builder.modelOrder(value)));
    const known = values.find(({ rank }) => rank !== undefined) ?? values[0]!;
    const attributes = { axis: int(axisAmong(node, known, axis)) };
    const name = builder.node(
      node.name,
      'Concat',
      values.map((value) => value.name),
      attributes,
    );
    const lengths = joined.map((value) => value.length ?? value.constant?.dims[0]);
    const isVector = known.rank === 1 && lengths.every((length) => length !== undefined);
    if (!isVector) return builder.like(known, name);
    return builder.plain(
      name,
      1,
      lengths.reduce<number>((sum, length) => sum + length!, 0),
    );
  };

function parts(
  node: TfNode,
  input: TensorValue,
  axis: number,
  count: number,
  sizes: readonly string[],
  builder: GraphBuilder,
): TensorValue[] {
  const equal = sizes.length === 0 ? { num_outputs: int(count) } : {};
  const attributes = { axis: int(axisAmong(node, input, axis)), ...equal };
  const names = builder.emitter.multiple(node.name, 'Split', [input.name, ...sizes], count, attributes);
  return names.map((name) => builder.like(input, name));
}

const split: Translate = (node, [axis, input], builder) => {
  const [along = 0] = builder.integers(node, axis, 'the axis');
  const count = node.int('num_split');
  if (count < 1) throw node.error('attribute num_split', 'at least 1', count);
  return parts(node, input!, along, count, [], builder);
};

const splitV: Translate = (node, [input, sizes, axis], builder) => {
  const [along = 0] = builder.integers(node, axis, 'the axis');
  const lengths = builder.integers(node, sizes, 'the sizes');
  if (lengths.length === 0 || lengths.some((length) => length < 0)) {
    throw node.unsupported('the sizes', 'sizes from 0', lengths);
  }
  const operand = builder.int64s(`${node.name}/sizes`, lengths);
  return parts(node, input!, along, lengths.length, [operand], builder);
};

const depthSpace =
  (opType: 'DepthToSpace' | 'SpaceToDepth'): Translate =>
  (node, inputs, builder) => {
    const input = builder.map(node, inputs[0]!);
    const attributes = { blocksize: int(node.int('block_size')) };
    return builder.like(input, builder.node(node.name, opType, [input.name], attributes));
  };

const filled =
  (value: 0 | 1): Translate =>
  (node, [input], builder) => {
    const dims = builder.node(`${node.name}/dims`, 'Shape', [input!.name]);
    const scalar = builder.scalar(`${node.name}/value`, node.type('T', 'float32'), value);
    return builder.like(input!, builder.node(node.name, 'Expand', [scalar, dims]));
  };

/** To dims that an operand gives. */
const expanded =
  (value: 0 | 1, dims: 0 | 1): Translate =>
  (node, inputs, builder) => {
    const shape = inputs[dims]!;
    const operands = [builder.modelOrder(inputs[value]!).name, builder.wide(shape).name];
    return builder.plain(
      builder.node(node.name, 'Expand', operands),
      shape.length ?? shape.constant?.dims[0],
    );
  };

/** The dims that two lists of dims broadcast to. */
const broadcastArgs: Translate = (target, inputs, builder) => {
  const { node, whole, int64s } = partsOf(target.name, builder);
  const dims = inputs.slice(0, 2).map((input) => builder.wideVector(input));
  const ranks = dims.map((each) => node('rank', 'Shape', [each])) as [string, string];
  const rank = node('most', 'Max', ranks);
  const [a, b] = dims.map((each, i) => {
    const missing = node('missing', 'Sub', [rank, ranks[i]!]);
    const ones = node('ones', 'Expand', [whole('one', 1), missing]);
    return node('all', 'Concat', [ones, each], { axis: int(0) });
  }) as [string, string];
  const isOne = node('isOne', 'Equal', [a, int64s('single', 1)]);
  const both = node('both', 'Where', [isOne, b, a]);
  const lengths = inputs.map((input) => input.length ?? input.constant?.dims[0]);
  const length = lengths.includes(undefined) ? undefined : Math.max(...(lengths as number[]));
  return builder.plain(builder.cast(target.name, both, 'int32'), 1, length);
};

const tile: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  return builder.like(input, builder.node(node.name, 'Tile', [input.name, builder.wide(inputs[1]!).name]));
};

const range: Translate = (node, inputs, builder) =>
  builder.plain(
    builder.node(
      node.name,
      'Range',
      inputs.slice(0, 3).map(({ name }) => name),
    ),
    1,
  );

export const shapes: Translations = {
  Identity: row(1, identity, undefined, ['complex', 'lists', 'strings']),
  IdentityN: ofLists(1, identity),
  StopGradient: row(1, identity),
  PreventGradient: row(1, identity),
  Snapshot: row(1, identity),
  CheckNumerics: row(1, identity),
  EnsureShape: row(1, identity),
  Print: ofLists(1, (_node, inputs) => inputs[0]!),
  // As TensorFlow.js has it.
  FakeQuantWithMinMaxVars: row(1, (_node, inputs) => inputs[0]!),
  Reshape: row(2, reshape),
  Squeeze: row(1, squeeze),
  ExpandDims: row(2, expandDims),
  Transpose: row(2, transpose),
  Shape: row(1, shape),
  ShapeN: row(1, shapesOf, ['output']),
  Size: row(1, size),
  Rank: row(1, rankOf),
  Pack: row(1, pack),
  Unpack: row(1, unpack, ['output']),
  Concat: row(2, concat(true)),
  ConcatV2: row(2, concat(false)),
  Split: row(2, split, ['output']),
  SplitV: row(3, splitV, ['output']),
  DepthToSpace: row(1, depthSpace('DepthToSpace')),
  SpaceToDepth: row(1, depthSpace('SpaceToDepth')),
  ZerosLike: row(1, filled(0)),
  OnesLike: row(1, filled(1)),
  Fill: row(2, expanded(1, 0)),
  BroadcastTo: row(2, expanded(0, 1)),
  BroadcastArgs: row(2, broadcastArgs),
  Tile: row(2, tile),
  Range: row(3, range),
};
