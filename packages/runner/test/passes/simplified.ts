import { defaultLimits } from '@zeroskip/onnx';
import { simplify } from '../../src/passes/simplify.ts';
import { graphOf, inputTypes, type ModelParts, node, random, valueInfo } from '../support/onnx.ts';

export const x = valueInfo('x', 'float32', [1, 2, 4, 4]);
export const y = valueInfo('y', 'float32', [1, 3, 4, 4]);
export const w = random([3, 2, 3, 3], 1);

export function simplified(parts: ModelParts, open = 1) {
  const graph = graphOf(parts);
  return simplify(graph, inputTypes(graph, open), defaultLimits, true);
}

export const conv = (output = 'c') => node('Conv', ['x', 'w'], [output], { pads: [1, 1, 1, 1] }, 'conv');
