import { int, string } from '@zeroskip/onnx';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { LiteNode } from '../node.ts';
import {
  gather,
  oneHot,
  resizeBilinear,
  resizeNearestNeighbor,
  reverseSequence,
  stridedSlice,
} from '../options.ts';
import { row, type Translate, type Translations } from '../translation.ts';
import { b, i, same } from './tensorflow.ts';

const gathered: Translate = (node, builder) => {
  const { axis, batchDims } = node.options(gather);
  const [data, indices] = [node.tensor(0).dims.length, node.tensor(1).dims.length];
  const [batch, along] = [batchDims < 0 ? batchDims + indices : batchDims, axis < 0 ? axis + data : axis];
  const operands = [builder.modelOrder(node.input(0)).name, builder.modelOrder(node.raw(1)).name] as const;
  const length = indices === 1 ? node.tensor(1).dims[0] : undefined;
  const rank = data + indices - 1 - batch;
  if (batch === 0) {
    const name = builder.node(node.name, 'Gather', operands, { axis: int(along) });
    return builder.plain(name, rank, rank === 1 ? length : undefined);
  }
  if (batch !== along) throw node.unsupported('the axis', `that behind the batch, ${batch}`, along);
  const last = builder.int64s(`${node.name}/last`, [-1]);
  const wide = builder.wide(node.raw(1)).name;
  const rows = builder.node(`${node.name}/rows`, 'Unsqueeze', [wide, last]);
  const attributes = { batch_dims: int(batch) };
  return builder.plain(builder.node(node.name, 'GatherND', [operands[0], rows], attributes), rank);
};

/** Updates of one place are added. */
const scattered: Translate = (node, builder) => {
  const [indices, updates, shape] = [node.raw(0), node.input(1), node.raw(2)];
  const type = node.tensor(1).isQuantized ? 'float32' : node.tensor(1).type();
  const zero = builder.scalar(`${node.name}/zero`, type, 0);
  const zeros = builder.node(`${node.name}/zeros`, 'Expand', [zero, builder.wide(shape).name]);
  const operands = [zeros, builder.wide(indices).name, builder.modelOrder(updates).name];
  const reduction = type === 'bool' ? {} : { reduction: string('add') };
  return builder.plain(builder.node(node.name, 'ScatterND', operands, reduction), shape.length);
};

/** A row of indices for each element that is not zero. */
const where: Translate = (node, builder) => {
  const indices = builder.node(`${node.name}/indices`, 'NonZero', [builder.modelOrder(node.raw(0)).name]);
  return builder.plain(builder.permuted(indices, [1, 0]), 2);
};

const strided = same(4, 'StridedSlice', (node) => {
  const options = node.options(stridedSlice);
  if (options.offset) throw node.unsupported('option offset', 'false', true);
  return {
    begin_mask: i(options.beginMask),
    end_mask: i(options.endMask),
    ellipsis_mask: i(options.ellipsisMask),
    new_axis_mask: i(options.newAxisMask),
    shrink_axis_mask: i(options.shrinkAxisMask),
  };
});

const resized = (op: string, options: typeof resizeNearestNeighbor | typeof resizeBilinear) =>
  same(2, op, (node) => {
    node.dims(0, 4);
    const { alignCorners, halfPixelCenters } = node.options(options);
    return { align_corners: b(alignCorners), half_pixel_centers: b(halfPixelCenters) };
  });

/** Parts of the start of an axis, turned over. */
const reversedSequence: Translate = (node, builder) => {
  const { seqDim, batchDim } = node.options(reverseSequence);
  const operands = [builder.modelOrder(node.input(0)).name, builder.wide(node.raw(1)).name];
  const attributes = { time_axis: int(seqDim), batch_axis: int(batchDim) };
  const rank = node.tensor(0).dims.length;
  return builder.plain(builder.node(node.name, 'ReverseSequence', operands, attributes), rank);
};

/** `values` of the first `count` places of an axis, and zeros up to `length`. */
export function filledUp(
  name: string,
  values: string,
  count: string,
  length: number,
  rank: number,
  builder: GraphBuilder,
): string {
  const whole = builder.int64s(`${name}/length`, [length]);
  const missing = builder.node(`${name}/missing`, 'Sub', [whole, count]);
  const zeros = (size: number) =>
    builder.int64s(
      `${name}/zeros`,
      Array.from({ length: size }, () => 0),
    );
  const pads = builder.node(
    `${name}/pads`,
    'Concat',
    [zeros(rank), missing, ...(rank > 1 ? [zeros(rank - 1)] : [])],
    { axis: int(0) },
  );
  return builder.node(name, 'Pad', [values, pads]);
}

/** Boxes of one image, of one class. There are always as many places as there may be boxes. */
const nonMaxSuppression =
  (withScores: boolean): Translate =>
  (node, builder) => {
    const { name } = node;
    const [most] = builder.integers(node.tensorFlow({}), node.raw(2), 'the most boxes');
    if (most === undefined || most < 0) throw node.error('the most boxes', 'a number from 0', most);
    if (withScores) requireHard(node);
    const boxes = builder.node(`${name}/boxes`, 'Unsqueeze', [
      node.input(0).name,
      builder.int64s(`${name}/first`, [0]),
    ]);
    const scores = builder.node(`${name}/scores`, 'Unsqueeze', [
      node.input(1).name,
      builder.int64s(`${name}/axes`, [0, 1]),
    ]);
    const thresholds = [node.input(3).name, node.input(4).name];
    const limits = [builder.int64s(`${name}/most`, [most]), ...thresholds];
    const chosen = builder.node(`${name}/chosen`, 'NonMaxSuppression', [boxes, scores, ...limits]);
    const last = builder.scalar(`${name}/last`, 'int64', 2);
    const wide = builder.node(`${name}/wide`, 'Gather', [chosen, last], { axis: int(1) });
    const count = builder.node(`${name}/count`, 'Shape', [wide]);
    const fill = (what: string, values: string) =>
      filledUp(`${name}/${what}`, values, count, most, 1, builder);
    const indices = builder.cast(`${name}/indices`, fill('all', wide), 'int32');
    const scalar = builder.reshape(`${name}/scalar`, count, []);
    const valid = builder.plain(builder.cast(`${name}/valid`, scalar, 'int32'), 0);
    if (!withScores) return [builder.plain(indices, 1, most), valid];
    const selected = builder.node(`${name}/selected`, 'Gather', [node.input(1).name, wide]);
    return [builder.plain(indices, 1, most), builder.plain(fill('allScores', selected), 1, most), valid];
  };

/** Boxes that overlap lose their place, not a part of their score. */
function requireHard(node: LiteNode): void {
  const sigma = node.has(5) ? node.raw(5).constant?.load().data[0] : 0;
  if (Number(sigma) !== 0)
    throw node.unsupported('soft_nms_sigma', 'the constant 0', sigma ?? 'a computed value');
}

export const selections: Translations = {
  GATHER: row(2, gathered),
  GATHER_ND: same(2, 'GatherNd'),
  SCATTER_ND: row(3, scattered),
  SPARSE_TO_DENSE: same(4, 'SparseToDense'),
  WHERE: row(1, where),
  SLICE: same(3, 'Slice'),
  STRIDED_SLICE: strided,
  REVERSE_V2: same(2, 'ReverseV2'),
  REVERSE_SEQUENCE: row(2, reversedSequence),
  TOPK_V2: same(2, 'TopKV2'),
  ONE_HOT: same(4, 'OneHot', (node) => ({ axis: i(node.options(oneHot).axis) })),
  RESIZE_BILINEAR: resized('ResizeBilinear', resizeBilinear),
  RESIZE_NEAREST_NEIGHBOR: resized('ResizeNearestNeighbor', resizeNearestNeighbor),
  NON_MAX_SUPPRESSION_V4: row(5, nonMaxSuppression(false)),
  NON_MAX_SUPPRESSION_V5: row(5, nonMaxSuppression(true)),
};
