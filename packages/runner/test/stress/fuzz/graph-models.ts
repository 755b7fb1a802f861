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
  type,
  vector,
} from '../../tfjs/graph-model.ts';
import { runOnce } from './run-once.ts';
import { type FuzzTarget, jsonBytes, mutateJson, withoutPlaces } from './target.ts';

const limits = { maxRunBytes: 2 ** 20, maxFoldedBytes: 2 ** 20, maxNodes: 1000, maxIterations: 100 };
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
  none: scalar(0),
  first: scalar(1),
  four: vector(4),
  texts: { shape: [2], texts: ['a b', 'b'], dtype: 'string' },
  space: { shape: [], texts: [' '], dtype: 'string' },
} as const;

const frame = { frame_name: s('f') };
const list = { element_dtype: type('DT_FLOAT') };

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
  [
    placeholder('x', [2, 4]),
    op('enterCount', 'Enter', ['none'], frame),
    op('enterValue', 'Enter', ['x'], frame),
    op('enterLimit', 'Enter', ['two'], { ...frame, is_constant: b(true) }),
    op('count', 'Merge', ['enterCount', 'nextCount']),
    op('value', 'Merge', ['enterValue', 'nextValue']),
    op('less', 'Less', ['count', 'enterLimit']),
    op('goes', 'LoopCond', ['less']),
    op('countIs', 'Switch', ['count', 'goes']),
    op('valueIs', 'Switch', ['value', 'goes']),
    op('more', 'AddV2', ['countIs:1', 'first']),
    op('isFirst', 'Equal', ['countIs:1', 'first']),
    op('side', 'Switch', ['valueIs:1', 'isFirst']),
    op('then', 'Neg', ['side:1']),
    op('else', 'Exp', ['side']),
    op('chosen', 'Merge', ['else', 'then']),
    op('nextCount', 'NextIteration', ['more']),
    op('nextValue', 'NextIteration', ['chosen']),
    op('left', 'Exit', ['valueIs']),
  ],
  [
    placeholder('x', [2, 4]),
    op('made', 'TensorListReserve', ['four', 'two'], list),
    op('cut', 'TensorListFromTensor', ['x', 'four'], list),
    op('turned', 'StatelessWhile', ['none', 'made', 'cut'], {
      cond: { func: { name: 'goesOn' } },
      body: { func: { name: 'step' } },
    }),
    op('stack', 'TensorListStack', ['turned:1', 'four'], list),
    op('isMore', 'Greater', ['half', 'half']),
    op('branch', 'StatelessIf', ['isMore', 'stack'], {
      then_branch: { func: { name: 'f' } },
      else_branch: { func: { name: 'f' } },
    }),
    op('pieces', 'StringSplit', ['texts', 'space']),
    op('bucket', 'StringToHashBucketFast', ['pieces:1'], { num_buckets: i(4) }),
    op('grams', 'StringNGrams', ['pieces:1', 'splits'], { ngram_widths: listI(2), separator: s('-') }),
    op('splits', 'Pack', ['none', 'pieceCount']),
    op('pieceCount', 'Size', ['pieces:1']),
    op('array', 'TensorArrayV3', ['two'], { dtype: type('DT_FLOAT'), dynamic_size: b(true) }),
    op('wrote', 'TensorArrayWriteV3', ['array', 'first', 'branch', 'array:1']),
    op('read', 'TensorArrayReadV3', ['array', 'first', 'wrote']),
  ],
];

const constOf = (name: string) => op(name, 'Const', [], {});

const functions = [
  {
    signature: { name: 'f', inputArg: [{ name: 'p' }], outputArg: [{ name: 'r' }] },
    nodeDef: [op('n', 'Neg', ['p'])],
    ret: { r: 'n:y:0' },
  },
  {
    signature: {
      name: 'goesOn',
      inputArg: [{ name: 'n' }, { name: 'l' }, { name: 'c' }],
      outputArg: [{ name: 'r' }],
    },
    nodeDef: [constOf('two'), op('less', 'Less', ['n', 'two:output:0'])],
    ret: { r: 'less:z:0' },
  },
  {
    signature: {
      name: 'step',
      inputArg: [{ name: 'n' }, { name: 'l' }, { name: 'c' }],
      outputArg: [{ name: 'm' }, { name: 'k' }, { name: 'd' }],
    },
    nodeDef: [
      constOf('first'),
      constOf('four'),
      op('more', 'AddV2', ['n', 'first:output:0']),
      op('item', 'TensorListGetItem', ['c', 'n', 'four:output:0'], list),
      op('set', 'TensorListSetItem', ['l', 'n', 'item:item:0'], list),
    ],
    ret: { m: 'more:z:0', k: 'set:output_handle:0', d: 'c' },
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
  'CropAndResize',
  'Enter',
  'Exit',
  'If',
  'LookupTableFindV2',
  'Merge',
  'RFFT',
  'SparseFillEmptyRows',
  'Switch',
  'TensorListGather',
  'TensorListResize',
  'While',
  'valueIs',
  'chosen',
  'nextValue',
  'step',
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
