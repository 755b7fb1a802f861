import { sizeOf } from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { type FloatArray, floats } from './common/types.ts';

/** By elimination, with the largest element of each column as its pivot. @param matrix `n × n`, overwritten */
function determinant(matrix: Float64Array, n: number): number {
  let product = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++)
      if (Math.abs(matrix[i * n + k]!) > Math.abs(matrix[pivot * n + k]!)) pivot = i;
    const top = matrix[pivot * n + k]!;
    if (top === 0) return 0;
    product *= pivot === k ? top : -top;
    for (let j = k; j < n; j++) {
      [matrix[k * n + j], matrix[pivot * n + j]] = [matrix[pivot * n + j]!, matrix[k * n + j]!];
    }
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i * n + k]! / top;
      for (let j = k; j < n; j++) matrix[i * n + j]! -= factor * matrix[k * n + j]!;
    }
  }
  return product;
}

export const det: Operator = {
  opType: 'Det',
  since: 11,
  inputs: [1, 1],
  types: [floats],
  infer(node) {
    const { type } = node.input(0);
    const dims = node.rankAtLeast(0, 2);
    if (dims.at(-1) !== dims.at(-2))
      throw node.error('dims of input 0', 'square matrices', dims, 'ERR_INVALID_SHAPE');
    return [{ type, dims: dims.slice(0, -2) }];
  },
  evaluate: (_node, [x], [out]) =>
    filled<FloatArray>(out!, (to) => {
      const n = x!.dims.at(-1)!;
      const from = x!.data as FloatArray;
      for (let i = 0; i < sizeOf(out!.dims); i++)
        to[i] = determinant(Float64Array.from(from.subarray(i * n * n, (i + 1) * n * n)), n);
    }),
};
