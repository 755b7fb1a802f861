import type { Translation } from '../builder.ts';
import { blocks } from './blocks.ts';
import { convolutions } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { gathers } from './gather.ts';
import { products } from './matrix.ts';
import { pads } from './pad.ts';
import { reductions } from './reduction.ts';
import { shapes } from './shape.ts';
import { slices } from './slice.ts';
import { tensorArrays } from './tensor-arrays.ts';
import { tensorLists } from './tensor-lists.ts';

/** Every operator of TensorFlow that graph models may have, apart from inputs, weights and calls. */
export const translations: ReadonlyMap<string, Translation> = new Map(
  Object.entries<Translation>({
    ...blocks,
    ...convolutions,
    ...elementwise,
    ...gathers,
    ...pads,
    ...products,
    ...reductions,
    ...shapes,
    ...slices,
    ...tensorArrays,
    ...tensorLists,
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
