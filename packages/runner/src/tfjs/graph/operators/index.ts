import type { Translation, Translations } from '../builder.ts';
import { blocks } from './blocks.ts';
import { moving, ofDims } from './bytes.ts';
import { convolutions } from './convolution.ts';
import { counting } from './counting.ts';
import { creation } from './creation.ts';
import { crops } from './crop.ts';
import { elementwise } from './elementwise.ts';
import { gathers } from './gather.ts';
import { products } from './matrix.ts';
import { pads } from './pad.ts';
import { reductions } from './reduction.ts';
import { shapes } from './shape.ts';
import { slices } from './slice.ts';
import { sparse } from './sparse.ts';
import { comparing, strings } from './strings.ts';
import { suppressions } from './suppression.ts';
import { tensorArrays } from './tensor-arrays.ts';
import { tensorLists } from './tensor-lists.ts';
import { transposedConvolutions } from './transposed.ts';
import { windows } from './windows.ts';

const numeric: Translations = {
  ...blocks,
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
