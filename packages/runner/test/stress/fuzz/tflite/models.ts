import { classifier } from '../../../tflite/cases/classifier.ts';
import { detectionCases } from '../../../tflite/cases/detection.ts';
import { mapCases } from '../../../tflite/cases/maps.ts';
import { movingCases } from '../../../tflite/cases/moving.ts';
import { productCases } from '../../../tflite/cases/products.ts';
import { quantizedCases } from '../../../tflite/cases/quantized.ts';
import { reductionCases } from '../../../tflite/cases/reductions.ts';
import { resizingCases } from '../../../tflite/cases/resizing.ts';
import { selectionCases } from '../../../tflite/cases/selection.ts';
import { conditional, repeated } from '../../../tflite/control-models.ts';
import { modelOf } from '../../../tflite/operator-case.ts';

const cases = [
  ...detectionCases,
  ...mapCases,
  ...movingCases,
  ...productCases,
  ...quantizedCases,
  ...reductionCases,
  ...resizingCases,
  ...selectionCases,
];
/** Each operator alone, and small networks. */
export const liteModels = [
  classifier('int8'),
  classifier('uint8'),
  conditional,
  repeated,
  ...cases.map(modelOf),
];
