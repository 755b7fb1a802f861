import type { Translation, Translations } from '../builder.ts';
import { complexes } from './complex.ts';
import { creation } from './creation.ts';
import { elementwise } from './elementwise.ts';
import { tensorArrays } from './lists/tensor-arrays.ts';
import { tensorLists } from './lists/tensor-lists.ts';
import { blocks } from './maps/blocks.ts';
import { convolutions } from './maps/convolution.ts';
import { crops } from './maps/crop.ts';
import { pads } from './maps/pad.ts';
import { suppressions } from './maps/suppression.ts';
import { transposedConvolutions } from './maps/transposed.ts';
import { windows } from './maps/windows.ts';
import { products } from './matrix.ts';
import { reductions } from './reduction.ts';
import { counting } from './sets/counting.ts';
import { sparse } from './sets/sparse.ts';
import { gathers } from './shapes/gather.ts';
import { shapes } from './shapes/shape.ts';
import { slices } from './shapes/slice.ts';
import { moving, ofDims } from './strings/bytes.ts';
import { comparing, strings } from './strings/index.ts';

const numeric: Translations = {
  ...blocks,
  ...complexes,
  ...convolutions,
  ...counting,
  ...creation,
  ...crops,
  ...elementwise,
  ...gathers,
  ...pads,
  ...products,
  ...reductions,
  ...shapes,
  ...slices,
  ...sparse,
  ...suppressions,
  ...transposedConvolutions,
  ...windows,
};

/** Operators that move elements, of strings as of numbers. */
const MOVING = [
  'BroadcastTo',
  'Concat',
  'ConcatV2',
  'ExpandDims',
  'Fill',
  'Gather',
  'GatherNd',
  'GatherV2',
  'Pack',
  'Reshape',
  'ReverseV2',
  'Select',
  'SelectV2',
  'Slice',
  'Split',
  'SplitV',
  'Squeeze',
  'StridedSlice',
  'Tile',
  'Transpose',
  'Unpack',
];

const changed = (names: readonly string[], change: (translation: Translation) => Translation) =>
  Object.fromEntries(names.map((name) => [name, change(numeric[name]!)]));

/** Every operator of TensorFlow that graph models may have, apart from inputs, weights and calls. */
export const translations: ReadonlyMap<string, Translation> = new Map(
  Object.entries<Translation>({
    ...numeric,
    ...strings,
    ...tensorArrays,
    ...tensorLists,
    ...changed(MOVING, moving),
    ...changed(['Rank', 'Shape', 'Size'], ofDims),
    Equal: comparing(numeric.Equal!, true),
    NotEqual: comparing(numeric.NotEqual!, false),
  }),
);

/** Names of the outputs of operators that have several. */
export const outputNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['Merge', ['output', 'value_index']],
  ['Switch', ['output_false', 'output_true']],
  ...[...translations].flatMap(([op, { outputs }]) => (outputs ? [[op, outputs] as const] : [])),
]);

/** Operators that may stand between SpaceToBatchND and BatchToSpaceND. */
export const ofBlocks: ReadonlySet<string> = new Set([
  'BatchToSpaceND',
  'BiasAdd',
  'Conv2D',
  '_FusedConv2D',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2dNative',
  'Relu',
  'Relu6',
]);
