import { InferenceSession } from '../../../src/index.ts';
import {
  b,
  graphModel,
  i,
  listI,
  listS,
  op,
  placeholder,
  s,
  scalar,
  vector,
} from '../../tfjs/graph-model.ts';
import { runOnce } from './run-once.ts';
import { type FuzzTarget, jsonBytes, mutateJson, withoutPlaces } from './target.ts';

const limits = { maxRunBytes: 2 ** 20, maxFoldedBytes: 2 ** 20, maxNodes: 1000 };
const same = { padding: s('SAME'), data_format: s('NHWC'), strides: listI(1, 1, 1, 1) };

/** All constants that the models share. */
const weights = {
  w: { shape: [3, 3, 2, 2] },
  d: { shape: [3, 3, 2, 1] },
  bias: { shape: [2] },
  pads: { ...vector(0, 0, 1, 1, 1, 1, 0, 0), shape: [4, 2] },
  zeros: vector(0, 0),
  ones: vector(1, 1),
  axes: vector(1, 2),
  size: vector(8, 8),
  axis: scalar(-1),
  two: scalar(2),
  rows: vector(-1, 2),
  half: scalar(0.5, 'float32'),
};

const models = [
  [
    placeholder('x', [1, 6, 6, 2]),
    op('conv', '_FusedConv2D', ['x', 'w', 'bias'], { ...same, fused_ops: listS('BiasAdd', 'Relu6') }),
    op('deep', 'DepthwiseConv2dNative', ['conv', 'd'], same),
    op('pad', 'Pad', ['deep', 'pads']),
    op('pool', 'MaxPool', ['pad'], { ...same, ksize: listI(1, 2, 2, 1) }),
    op('large', 'ResizeBilinear', ['pool', 'size'], { align_corners: b(true) }),
    op('mean', 'Mean', ['large', 'axes'], { keep_dims: b(true) }),
    op('join', 'ConcatV2', ['large', 'pool', 'axis']),
    op('gate', 'Mul', ['large', 'mean']),
    op('y', 'Softmax', ['gate']),
  ],
  [
    placeholder('x', [4, 4]),
    op('shape', 'Shape', ['x']),
    op('part', 'StridedSlice', ['x', 'zeros', 'ones', 'ones'], { begin_mask: i(1), shrink_axis_mask: i(2) }),
    op('reshaped', 'Reshape', ['x', 'rows']),
    op('best', 'TopKV2', ['reshaped', 'two']),
    op('taken', 'GatherV2', ['x', 'best:1', 'axis']),
    op('pack', 'Pack', ['part', 'part'], { axis: i(1) }),
    op('product', 'MatMul', ['x', 'x'], { transpose_b: b(true) }),
    op('chosen', 'SelectV2', ['more', 'x', 'half']),
    op('more', 'Greater', ['x', 'half']),
    op('halves', 'Split', ['axis', 'product'], { num_split: i(2) }),
    op('called', 'PartitionedCall', ['halves:1'], { f: { func: { name: 'f' } } }),
  ],
];

const functions = [
  {
    signature: { name: 'f', inputArg: [{ name: 'p' }], outputArg: [{ name: 'r' }] },
    nodeDef: [op('n', 'Neg', ['p'])],
    ret: { r: 'n:y:0' },
  },
];

const others = [
  null,
  true,
  0,
  1,
  -1,
  3,
  0.5,
  2 ** 31,
  2 ** 53,
  '',
  'x',
  'x:1',
  '^x',
  'conv',
  'called',
  'n:y:0',
  '9',
  '-1',
  'DT_INT32',
  'DT_STRING',
  'Transpose',
  'SpaceToBatchND',
  'BatchToSpaceND',
  'Conv2D',
  'Where',
  'Einsum',
  'NonMaxSuppressionV4',
  '__proto__',
  [],
  {},
  [1, 1],
  ['x', 'x'],
  s('VALID'),
  s('NCHW'),
  i(7),
  listI(2, 2),
  { shape: { unknownRank: true } },
  { dtype: 'uint8', scale: 0.1, min: -1 },
  { name: 'conv:0' },
];

const written = models.map((nodes) => graphModel({ nodes, weights, functions }));
const externalData = [{ path: 'weights.bin', data: written[0]!.weights }];

export const graphModels: FuzzTarget = {
  name: 'graph-models',
  guided: true,
  simpler: withoutPlaces,
  seeds: written.map(({ json }) => jsonBytes(json)),
  mutate: (parent, other, random) => mutateJson(parent, other, others, random),
  async attempt(input) {
    await using session = await InferenceSession.create(input, {
      intraOpNumThreads: 1,
      limits,
      externalData,
    });
    await runOnce(session);
  },
};
