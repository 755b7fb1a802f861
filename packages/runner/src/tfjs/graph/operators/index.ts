import type { Translation } from '../builder.ts';
import { convolutions } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { gathers } from './gather.ts';
import { products } from './matrix.ts';
import { reductions } from './reduction.ts';
import { shapes } from './shape.ts';
import { slices } from './slice.ts';

/** Every operator of TensorFlow that graph models may have, apart from inputs, weights and calls. */
export const translations: ReadonlyMap<string, Translation> = new Map(
  Object.entries<Translation>({
    ...convolutions,
    ...elementwise,
    ...gathers,
    ...products,
    ...reductions,
    ...shapes,
    ...slices,
  }),
);

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
