import { constantFrom, dataTypeCode, int } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { TensorValue } from '../../tfjs/graph/value.ts';
import type { LiteNode } from '../node.ts';
import {
  concatenation,
  depthToSpace,
  mirrorPad,
  pack,
  reshape,
  spaceToDepth,
  split,
  squeeze,
  unpack,
} from '../options.ts';
import { fused, row, type Translate, type Translations } from '../translation.ts';
import { i, listI, same, written, writtenSingle } from './tensorflow.ts';

/** A vector of integers that stands in no tensor. */
function vector(name: string, values: readonly number[], builder: GraphBuilder): TensorValue {
  const constant = constantFrom(new Tensor('int32', Int32Array.from(values), [values.length]));
  return { ...builder.plain(builder.emitter.constant(name, constant), 1, values.length), constant };
}

/** The shape is an operand, or, in old models, an option. */
const reshaped: Translate = (node, builder) => {
  const isOperand = node.has(1) && node.tensor(1).dims.length === 1;
  if (isOperand) return written('Reshape', node, builder);
  const { newShape } = node.options(reshape);
  // Old models write a scalar as a shape of one 0.
  const dims = newShape.length === 1 && newShape[0] === 0 && node.output(0).dims.length === 0 ? [] : newShape;
  const operand = vector(`${node.name}/shape`, dims, builder);
  return written('Reshape', node, builder, {}, [node.input(0), operand]);
};

const shapeOf: Translate = (node, builder) => {
  const value = writtenSingle('Shape', node, builder, { out_type: { type: 'DT_INT32' } }, [node.raw(0)]);
  const type = node.output(0).type();
  if (type === 'int32') return value;
  const name = builder.node(`${node.name}/cast`, 'Cast', [value.name], { to: int(dataTypeCode(type)) });
  return { ...value, name };
};

/** The axis is an option, where TensorFlow has an operand. */
const concat = fused(1, concatenation, (node, builder) => {
  const { axis } = node.options(concatenation);
  const inputs = [...node.inputs(), vector(`${node.name}/axis`, [axis], builder)];
  return writtenSingle('ConcatV2', node, builder, {}, inputs);
});

/** One of the sizes may be -1: what the others leave. */
const splitV: Translate = (node, builder) => {
  const [input, sizes, axis] = [node.input(0), node.raw(1), node.raw(2)];
  const given = builder.integers(node.tensorFlow({}), sizes, 'the sizes');
  const [along = 0] = builder.integers(node.tensorFlow({}), axis, 'the axis');
  const total = node.tensor(0).dims.at(along);
  const others = given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  const known = given.map((size) => (size === -1 && total !== undefined ? total - others : size));
  const inputs = [input, vector(`${node.name}/sizes`, known, builder), axis];
  return written('SplitV', node, builder, {}, inputs);
};

/** Paddings by axis of a model's operand. */
function paddings(node: LiteNode, builder: GraphBuilder): [before: number, after: number][] {
  const values = builder.integers(node.tensorFlow({}), node.raw(1), 'the paddings');
  return Array.from({ length: values.length / 2 }, (_, axis) => [values[2 * axis]!, values[2 * axis + 1]!]);
}

const padV2: Translate = (node, builder) => {
  const value = node.input(2);
  const scalar = value.rank === 0 ? value.name : builder.reshape(`${node.name}/value`, value.name, []);
  return written('PadV2', node, builder, {}, [node.input(0), node.raw(1), builder.plain(scalar, 0)]);
};

/** Far above the extent of any map. */
const MOST_MIRRORED = 2 ** 20;

/** Mirrors without their border are ONNX's; others are gathered, an axis at a time. */
const mirrored: Translate = (node, builder) => {
  const { mode } = node.options(mirrorPad);
  if (mode === 0) return written('MirrorPad', node, builder);
  if (mode !== 1) throw node.error('the mode', 'REFLECT (0) or SYMMETRIC (1)', mode);
  let { name } = builder.modelOrder(node.input(0));
  const { dims } = node.tensor(0);
  for (const [axis, [before, after]] of paddings(node, builder).entries()) {
    if (before === 0 && after === 0) continue;
    const length = dims[axis] ?? 0;
    if (!(before >= 0 && after >= 0 && before <= length && after <= length)) {
      throw node.error('the paddings', `sizes up to dims [${dims}]`, [before, after], 'ERR_INVALID_SHAPE');
    }
    const size = before + length + after;
    if (size > MOST_MIRRORED) throw node.unsupported('the padded dim', `at most ${MOST_MIRRORED}`, size);
    const places = Array.from({ length: size }, (_, at) => {
      const from = at - before;
      if (from < 0) return -1 - from;
      return from < length ? from : 2 * length - 1 - from;
    });
    const indices = builder.int64s(`${node.name}/places`, places);
    name = builder.node(node.name, 'Gather', [name, indices], { axis: int(axis) });
  }
  return builder.plain(name, dims.length);
};

const zeros: Translate = (node, builder) => {
  const input = node.input(0);
  const dims = builder.node(`${node.name}/dims`, 'Shape', [input.name]);
  const type = node.tensor(0).isQuantized ? 'float32' : node.tensor(0).type();
  const zero = builder.emitter.constant(
    `${node.name}/zero`,
    constantFrom(new Tensor(type, (type.endsWith('int64') ? [0n] : [0]) as never, [])),
  );
  return builder.like(input, builder.node(node.name, 'Expand', [zero, dims]));
};

/** The shape that two shapes broadcast to: the larger of each two dims, counted from the end. */
const broadcastArgs: Translate = (node, builder) => {
  const lengths = [0, 1].map((index) => node.dims(index, 1)[0]!);
  const length = Math.max(...lengths);
  const operands = [0, 1].map((index) => {
    const { name } = node.raw(index);
    const missing = length - lengths[index]!;
    if (missing === 0) return name;
    const ones = builder.node(`${node.name}/ones`, 'Expand', [
      builder.scalar(`${node.name}/one`, node.tensor(index).type(), 1),
      builder.int64s(`${node.name}/missing`, [missing]),
    ]);
    return builder.node(`${node.name}/whole`, 'Concat', [ones, name], { axis: int(0) });
  });
  return builder.plain(builder.node(node.name, 'Max', operands), 1, length);
};

export const shapes: Translations = {
  RESHAPE: row(1, reshaped),
  SQUEEZE: same(1, 'Squeeze', (node) => ({ squeeze_dims: listI(node.options(squeeze).squeezeDims) })),
  EXPAND_DIMS: same(2, 'ExpandDims'),
  TRANSPOSE: same(2, 'Transpose'),
  SHAPE: row(1, shapeOf),
  RANK: row(1, (node, builder) => written('Rank', node, builder, {}, [node.raw(0)])),
  PACK: same(1, 'Pack', (node) => ({ axis: i(node.options(pack).axis) })),
  UNPACK: same(1, 'Unpack', (node) => {
    const { num, axis } = node.options(unpack);
    return { num: i(num), axis: i(axis) };
  }),
  CONCATENATION: concat,
  SPLIT: same(2, 'Split', (node) => ({ num_split: i(node.options(split).numSplits) })),
  SPLIT_V: row(3, splitV),
  PAD: same(2, 'Pad'),
  PADV2: row(3, padV2),
  MIRROR_PAD: row(2, mirrored),
  TILE: same(2, 'Tile'),
  FILL: same(2, 'Fill'),
  BROADCAST_TO: same(2, 'BroadcastTo'),
  BROADCAST_ARGS: row(2, broadcastArgs),
  ZEROS_LIKE: row(1, zeros),
  RANGE: same(3, 'Range'),
  SPACE_TO_DEPTH: same(1, 'SpaceToDepth', (node) => ({
    block_size: i(node.options(spaceToDepth).blockSize),
  })),
  DEPTH_TO_SPACE: same(1, 'DepthToSpace', (node) => ({
    block_size: i(node.options(depthToSpace).blockSize),
  })),
};
