import { containers } from './containers.ts';
import { convolution } from './convolution.ts';
import { forms } from './forms/forms.ts';
import { graphModels } from './graph-models.ts';
import { graphs } from './graphs/graphs.ts';
import { layers } from './layers.ts';
import { onnx } from './onnx.ts';
import { plan } from './plan.ts';
import { quantized } from './quantized.ts';
import type { FuzzTarget } from './target.ts';
import { tflite } from './tflite/tflite.ts';

export const targets: readonly FuzzTarget[] = [
  onnx,
  plan,
  containers,
  layers,
  graphModels,
  tflite,
  graphs,
  forms,
  convolution,
  quantized,
];
