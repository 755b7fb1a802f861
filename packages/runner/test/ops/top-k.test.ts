import { Tensor } from '@zeroskip/tensor';
import { seededRandom } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { int64, node, valueInfo } from '../support/onnx.ts';
import { runModel } from '../support/run.ts';

const ROWS = 3;

describe('TopK', () => {
  it.each([
    [0, 4],
    [1, 5],
    [7, 7],
    [40, 100],
    [99, 100],
  ])('finds the first %i of %i in order, the first of equal ones first', async (k, length) => {
    const random = seededRandom(k + length);
    // Few different values: many are equal.
    const data = Float32Array.from({ length: ROWS * length }, () => Math.floor(random() * 20) - 10);
    for (const largest of [1, 0]) {
      const parts = {
        nodes: [node('TopK', ['x', 'k'], ['v', 'i'], { largest })],
        inputs: [valueInfo('x', 'float32', [ROWS, length])],
        outputs: [valueInfo('v', 'float32', [ROWS, k]), valueInfo('i', 'int64', [ROWS, k])],
        constants: { k: int64([k]) },
      };
      const { v, i } = await runModel(parts, { x: new Tensor('float32', data, [ROWS, length]) });
      for (let row = 0; row < ROWS; row++) {
        const own = [...data.subarray(row * length, (row + 1) * length)];
        const sign = largest ? -1 : 1;
        const places = own.map((_, at) => at).sort((a, b) => sign * (own[a]! - own[b]!) || a - b);
        const expected = places.slice(0, k);
        const found = (tensor: Tensor) => Array.from(tensor.data, Number).slice(row * k, (row + 1) * k);
        expect(found(i!)).toEqual(expected);
        expect(found(v!)).toEqual(expected.map((at) => own[at]));
      }
    }
  });
});
