import { int, string } from '@zeroskip/onnx';
import { type GraphBuilder, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';

const gather: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const indices = builder.modelOrder(inputs[1]!);
  const [axis = 0] = inputs[2] ? builder.integers(node, inputs[2], 'the axis') : [];
  const batch = node.int('batch_dims');
  if (batch !== 0) return gatherByBatch(node, input, indices, axis, batch, builder);
  const name = builder.node(node.name, 'Gather', [input.name, indices.name], { axis: int(axis) });
  const isKnown = input.rank !== undefined && indices.rank !== undefined;
  const rank = isKnown ? input.rank + indices.rank - 1 : undefined;
  return builder.plain(name, rank, rank === 1 ? (indices.length ?? indices.constant?.dims[0]) : undefined);
};

/** For each image, or whatever the first axes are, by its own indices. */
function gatherByBatch(
  node: TfNode,
  input: TensorValue,
  indices: TensorValue,
  givenAxis: number,
  givenBatch: number,
  builder: GraphBuilder,
): TensorValue {
  const [rank, indexRank] = [input.rank, indices.rank];
  if (rank === undefined || indexRank === undefined) {
    throw node.unsupported('ranks of the inputs beside batch_dims', 'known ones', 'an open one');
  }
  const batch = givenBatch < 0 ? givenBatch + indexRank : givenBatch;
  const axis = givenAxis < 0 ? givenAxis + rank : givenAxis;
  if (!(batch >= 0 && batch <= indexRank && batch <= axis && axis < rank)) {
    const received = `batch_dims ${givenBatch} and axis ${givenAxis}`;
    throw node.error('axes', `axes of ${rank} dims, and as many of ${indexRank} or fewer`, received);
  }
  const range = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  // The axis that indices are for comes behind those of the batch, and what was before it behind the indices.
  const moved = builder.permuted(input.name, [
    ...range(0, batch),
    axis,
    ...range(batch, axis),
    ...range(axis + 1, rank),
  ]);
  const last = builder.int64s(`${node.name}/last`, [-1]);
  const rows = builder.node(`${node.name}/rows`, 'Unsqueeze', [builder.wide(indices).name, last]);
  const taken = builder.node(node.name, 'GatherND', [moved, rows], { batch_dims: int(batch) });
  const own = indexRank - batch;
  const before = range(indexRank, indexRank + axis - batch);
  const order = [
    ...range(0, batch),
    ...before,
    ...range(batch, indexRank),
    ...range(indexRank + before.length, rank + own - 1),
  ];
  return builder.plain(before.length === 0 ? taken : builder.permuted(taken, order), rank + own - 1);
}

const gatherNd: Translate = (node, inputs, builder) => {
  const operands = [builder.modelOrder(inputs[0]!).name, builder.wide(inputs[1]!).name];
  return builder.plain(builder.node(node.name, 'GatherND', operands));
};

const scatterNd: Translate = (node, [indices, updates, shape], builder) => {
  const type = node.type('T', 'float32');
  const operands = [builder.scalar(`${node.name}/zero`, type, 0), builder.wide(shape!).name];
  const zeros = builder.node(`${node.name}/zeros`, 'Expand', operands);
  const scattered = [zeros, builder.wide(indices!).name, builder.modelOrder(updates!).name];
  const name = builder.node(node.name, 'ScatterND', scattered, { reduction: string('add') });
  return builder.plain(name, shape!.length ?? shape!.constant?.dims[0]);
};

const update: Translate = (node, [input, indices, updates], builder) => {
  const operands = [builder.modelOrder(input!), builder.wide(indices!), builder.modelOrder(updates!)];
  return builder.like(
    operands[0]!,
    builder.node(
      node.name,
      'ScatterND',
      operands.map(({ name }) => name),
    ),
  );
};

/** Indices of a vector as rows of one number. */
const sparseToDense: Translate = (node, [indices, shape, values, absent], builder) => {
  const { name } = node;
  const whole = builder.node(`${name}/default`, 'Expand', [absent!.name, builder.wide(shape!).name]);
  let rows = builder.wide(indices!).name;
  const rank = indices!.rank ?? indices!.constant?.dims.length;
  if (rank === undefined) throw node.unsupported('rank of the indices', 'a known one', 'an open one');
  if (rank < 2) rows = builder.reshape(`${name}/rows`, rows, [-1, 1]);
  const dims = builder.node(`${name}/dims`, 'Shape', [rows], { end: int(1) });
  const updates = builder.node(`${name}/updates`, 'Expand', [values!.name, dims]);
  return builder.plain(
    builder.node(name, 'ScatterND', [whole, rows, updates]),
    shape!.length ?? shape!.constant?.dims[0],
  );
};

/** A row of indices for each element that is not zero. */
const where: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const indices = builder.node(`${node.name}/indices`, 'NonZero', [input.name]);
  return builder.plain(builder.cast(node.name, builder.permuted(indices, [1, 0]), 'int32'), 2);
};

const topK: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const operands = [input.name, builder.wideVector(inputs[1]!)];
  const [values, indices] = builder.emitter.multiple(node.name, 'TopK', operands, 2) as [string, string];
  return [
    builder.plain(values, input.rank),
    builder.plain(builder.cast(`${node.name}/indices`, indices, 'int32'), input.rank),
  ];
};

const oneHot: Translate = (node, [indices, depth, on, off], builder) => {
  const { name } = node;
  const axis = builder.int64s(`${name}/axis`, [0]);
  const value = (input: string) => builder.node(`${name}/value`, 'Unsqueeze', [input, axis]);
  const values = builder.node(`${name}/values`, 'Concat', [value(off!.name), value(on!.name)], {
    axis: int(0),
  });
  const operands = [builder.modelOrder(indices!).name, builder.wide(depth!).name, values];
  const rank = indices!.rank === undefined ? undefined : indices!.rank + 1;
  return builder.plain(builder.node(name, 'OneHot', operands, { axis: int(node.int('axis', -1)) }), rank);
};

const resize =
  (mode: 'linear' | 'nearest'): Translate =>
  (node, inputs, builder) => {
    const input = builder.channelsSecond(inputs[0]!);
    const corners = node.flag('align_corners');
    const half = node.flag('half_pixel_centers');
    const attributes = {
      axes: { kind: 'ints', value: BigInt64Array.of(2n, 3n) } as const,
      mode: string(mode),
      coordinate_transformation_mode: string(corners ? 'align_corners' : half ? 'half_pixel' : 'asymmetric'),
      nearest_mode: string(corners || half ? 'round_prefer_ceil' : 'floor'),
    };
    const operands = [input.name, '', '', builder.wide(inputs[1]!).name];
    return builder.like(input, builder.node(node.name, 'Resize', operands, attributes));
  };

export const gathers: Translations = {
  Gather: row(2, gather),
  GatherV2: row(3, gather),
  GatherNd: row(2, gatherNd),
  ScatterNd: row(3, scatterNd),
  TensorScatterUpdate: row(3, update),
  SparseToDense: row(4, sparseToDense),
  Where: row(1, where),
  TopKV2: row(2, topK, ['values', 'indices']),
  OneHot: row(4, oneHot),
  ResizeBilinear: row(2, resize('linear')),
  ResizeNearestNeighbor: row(2, resize('nearest')),
};
