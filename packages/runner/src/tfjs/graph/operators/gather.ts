import { int, string } from '../../../model/attributes.ts';
import { row, type Translate, type Translations } from '../builder.ts';

const gather: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const indices = builder.modelOrder(inputs[1]!);
  const [axis = 0] = inputs[2] ? builder.integers(node, inputs[2], 'the axis') : [];
  const batch = node.int('batch_dims');
  if (batch !== 0) throw node.unsupported('attribute batch_dims', '0', batch);
  const name = builder.node(node.name, 'Gather', [input.name, indices.name], { axis: int(axis) });
  const isKnown = input.rank !== undefined && indices.rank !== undefined;
  const rank = isKnown ? input.rank + indices.rank - 1 : undefined;
  return builder.plain(name, rank, rank === 1 ? (indices.length ?? indices.constant?.dims[0]) : undefined);
};

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

/** Boxes of one image, of one class. */
const nonMaxSuppression =
  (kind: 'indices' | 'padded' | 'scores'): Translate =>
  (node, [boxes, scores, most, overlap, least, softness], builder) => {
    const { name } = node;
    if (kind === 'padded' && node.flag('pad_to_max_output_size')) {
      throw node.unsupported('attribute pad_to_max_output_size', 'false', true);
    }
    if (kind === 'scores' && !(softness?.constant?.load().data[0] === 0)) {
      throw node.unsupported(
        'soft_nms_sigma',
        'the constant 0',
        softness?.constant?.load().data[0] ?? 'others',
      );
    }
    const first = builder.int64s(`${name}/first`, [0]);
    const images = builder.node(`${name}/boxes`, 'Unsqueeze', [boxes!.name, first]);
    const classes = builder.node(`${name}/scores`, 'Unsqueeze', [
      scores!.name,
      builder.int64s(`${name}/axes`, [0, 1]),
    ]);
    const operands = [
      images,
      classes,
      builder.wideVector(most!),
      overlap!.name,
      ...(least ? [least.name] : []),
    ];
    const chosen = builder.node(`${name}/chosen`, 'NonMaxSuppression', operands);
    const last = builder.scalar(`${name}/last`, 'int64', 2);
    const wide = builder.node(`${name}/indices`, 'Gather', [chosen, last], { axis: int(1) });
    const indices = builder.plain(builder.cast(name, wide, 'int32'), 1);
    if (kind === 'indices') return indices;
    const count = builder.cast(`${name}/valid`, builder.node(`${name}/count`, 'Size', [wide]), 'int32');
    if (kind === 'padded') return [indices, builder.plain(count, 0)];
    const selected = builder.node(`${name}/selected`, 'Gather', [scores!.name, wide]);
    return [indices, builder.plain(selected, 1), builder.plain(count, 0)];
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
  NonMaxSuppressionV2: row(4, nonMaxSuppression('indices')),
  NonMaxSuppressionV3: row(5, nonMaxSuppression('indices')),
  NonMaxSuppressionV4: row(5, nonMaxSuppression('padded'), ['selected_indices', 'valid_outputs']),
  NonMaxSuppressionV5: row(6, nonMaxSuppression('scores'), [
    'selected_indices',
    'selected_scores',
    'valid_outputs',
  ]),
  ResizeBilinear: row(2, resize('linear')),
  ResizeNearestNeighbor: row(2, resize('nearest')),
};
