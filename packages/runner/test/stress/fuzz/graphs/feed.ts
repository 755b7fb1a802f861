import type { GraphValue } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';

/** Values for an input, of which some are zero; the size of an open dimension is at the end of its symbol. */
export function feedOf({ name, dims }: GraphValue): [string, Tensor] {
  const sizes = dims!.map((dim) => (typeof dim === 'number' ? dim : Number(dim.match(/\d+$/)?.[0] ?? 1)));
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const data = sparseValues(sizeOf(sizes), 0.7, seed).map((value) => Math.round(value * 64) / 32);
  return [name, new Tensor('float32', data, sizes)];
}
