import { afterAll, describe, expect, it } from 'vitest';
import { denseView, selectTarget, targets } from '../../src/index.ts';
import { runStep } from './run-step.ts';

const supported = targets().filter((target) => target.supported);
afterAll(() => selectTarget(supported.at(-1)!.name));

/** images of a, images of b, rows, shared, columns */
const sizes = [
  [1, 1, 1, 1, 1],
  [1, 1, 7, 5, 3],
  [3, 3, 5, 8, 17],
  [1, 4, 2, 40, 33],
  [4, 1, 13, 3, 64],
  [2, 2, 1, 1300, 65],
  [1, 1, 200, 20, 130],
  [2, 2, 97, 513, 15],
] as const;

describe.each(supported.map(({ name }) => name))('products of matrices on %s', (target) => {
  it.each(sizes)('%i × %i images of %i × %i × %i', async (imagesA, imagesB, m, k, n) => {
    selectTarget(target);
    const images = Math.max(imagesA, imagesB);
    for (const transposed of [false, true]) {
      const a = { ...denseView(0, imagesA, 1, m, k), pixelStride: k + 2 };
      const [rows, columns] = transposed ? [n, k] : [k, n];
      const b = { ...denseView(imagesA * m * (k + 2), imagesB, 1, rows, columns), pixelStride: columns + 1 };
      const output = denseView(b.offset + imagesB * rows * (columns + 1), images, 1, m, n);
      // Small whole numbers: every sum is exact.
      const values = Float32Array.from({ length: output.offset }, (_, i) => ((i * 7919) % 13) - 6);
      const result = await runStep({ op: 'matmul', a, b, transposed, output }, values, output);
      const exact: number[] = [];
      for (let image = 0; image < images; image++) {
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let l = 0; l < k; l++) {
              const [row, column] = transposed ? [j, l] : [l, j];
              const x = values[((imagesA === 1 ? 0 : image) * m + i) * a.pixelStride + l]!;
              const at = ((imagesB === 1 ? 0 : image) * rows + row) * b.pixelStride + column;
              sum += x * values[b.offset + at]!;
            }
            exact.push(sum);
          }
        }
      }
      expect(result).toEqual(exact);
    }
  });

  it('keep a NaN in its row', async () => {
    selectTarget(target);
    const values = Float32Array.of(1, Number.NaN, 2, 3, 4, 5, 6, 7);
    const output = denseView(8, 1, 1, 2, 2);
    const [a, b] = [denseView(0, 1, 1, 2, 2), denseView(4, 1, 1, 2, 2)];
    const result = await runStep({ op: 'matmul', a, b, transposed: false, output }, values, output);
    expect(result).toEqual([Number.NaN, Number.NaN, 2 * 4 + 3 * 6, 2 * 5 + 3 * 7]);
  });
});
