import type { Composite, Operator } from '../common/operator.ts';
import { centerCropPad, col2Im, maxUnpool } from './col2im.ts';
import { deformConv } from './deform-conv.ts';
import { affineGrid, gridSample } from './grid-sample.ts';
import { nonMaxSuppression } from './non-max-suppression.ts';
import { maxRoiPool, roiAlign } from './regions.ts';

export const visionOperators: (Operator | Composite)[] = [
  gridSample,
  affineGrid,
  roiAlign,
  maxRoiPool,
  deformConv,
  col2Im,
  centerCropPad,
  maxUnpool,
  nonMaxSuppression,
];
