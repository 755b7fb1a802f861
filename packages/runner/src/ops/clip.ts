import type { NodeView } from '@zeroskip/onnx';
import { allocate, Tensor } from '@zeroskip/tensor';
import { lowerUnary } from '../lowering/elementwise.ts';
import type { Operator } from './common/operator.ts';
import { isBig, numbers } from './common/types.ts';

/**
 * Lower and upper bound where the model fixes them; undefined when one is computed during the run. Of bounds
 * that exclude each other the upper one holds, so that the lower one is at most that.
 */
function clipBounds(node: NodeView): [number, number] | undefined {
  if (node.opset < 11) {
    return [node.float('min', Number.NEGATIVE_INFINITY), node.float('max', Number.POSITIVE_INFINITY)];
  }
  const bounds = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const i of [0, 1]) {
    const input = node.inputs[i + 1];
    if (!input) continue;
    if (!input.constant) return undefined;
    bounds[i] = Number(input.constant.load().data[0]);
  }
  return [Math.min(bounds[0]!, bounds[1]!), bounds[1]!];
}

export const clip: Operator = {
  opType: 'Clip',
  limits: 'Native with constant bounds.',
  inputs: [1, 3],
  types: [numbers, 0],
  activation(node) {
    const bounds = clipBounds(node);
    return bounds && { name: 'clip', alpha: bounds[0], beta: bounds[1] };
  },
  infer(node) {
    const { type, dims } = node.input(0);
    for (const i of [1, 2]) {
      const bound = node.inputs[i];
      if (bound && (bound.dims.length > 1 || (bound.dims[0] ?? 1) !== 1)) {
        throw node.error(`dims of input ${i}`, 'a scalar', bound.dims, 'ERR_INVALID_SHAPE');
      }
    }
    return [{ type, dims }];
  },
  evaluate(node, [x, low, high]) {
    const { type, data, dims } = x!;
    const out = allocate(type, data.length);
    if (isBig(type)) {
      const from = data as BigInt64Array;
      const lower = low?.data[0] as bigint | undefined;
      const upper = high?.data[0] as bigint | undefined;
      for (let i = 0; i < from.length; i++) {
        let value = from[i]!;
        if (lower !== undefined && value < lower) value = lower;
        if (upper !== undefined && value > upper) value = upper;
        (out as BigInt64Array)[i] = value;
      }
      return [new Tensor(type, out, dims)];
    }
    const from = data as Float32Array;
    const [lower, upper] =
      node.opset < 11
        ? clipBounds(node)!
        : [
            Number(low?.data[0] ?? Number.NEGATIVE_INFINITY),
            Number(high?.data[0] ?? Number.POSITIVE_INFINITY),
          ];
    for (let i = 0; i < from.length; i++) {
      const value = from[i]!;
      const raised = Math.max(value, lower);
      (out as Float32Array)[i] = Math.min(raised, upper);
    }
    return [new Tensor(type, out, dims)];
  },
  lower(node, lowering) {
    const bounds = clipBounds(node);
    return bounds !== undefined && lowerUnary(lowering, node, 'clip', bounds[0], bounds[1]);
  },
};
