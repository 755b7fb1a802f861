import { convSpec } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { denseOperations, leastBytes, nonZeroOperations } from '../../src/layers/work.ts';

const spec = convSpec({
  inChannels: 4,
  outChannels: 6,
  group: 2,
  kernel: [3, 2],
  strides: [2, 1],
  dilations: [1, 2],
  pads: [1, 0, 2, 1],
});
const dims = [2, 4, 7, 9] as const;
const size = 2 * 4 * 7 * 9;

/** Products by their definition. */
function counted(map: Float32Array): number {
  const [outHeight, outWidth] = [Math.floor((7 + 3 - 3) / 2) + 1, 9 + 1 - 3 + 1];
  let products = 0;
  for (let plane = 0; plane < 8; plane++)
    for (let y = 0; y < outHeight; y++)
      for (let x = 0; x < outWidth; x++)
        for (let ky = 0; ky < 3; ky++)
          for (let kx = 0; kx < 2; kx++) {
            const [row, column] = [2 * y + ky - 1, x + 2 * kx];
            const inside = row >= 0 && row < 7 && column < 9;
            if (inside && map[(plane * 7 + row) * 9 + column] !== 0) products += 3;
          }
  return 2 * products;
}

describe('operations of a convolution', () => {
  it('are two for each product of a dense one, padding included', () => {
    expect(denseOperations(spec, [...dims])).toBe(2 * 2 * 4 * 8 * 6 * 2 * 6);
  });

  it.each([0, 0.3, 1])('on non-zeros are those that a definition counts at density %f', (density) => {
    const map = sparseValues(size, density, 3);
    expect(nonZeroOperations(spec, [...dims], map)).toBe(counted(map));
  });

  it('are equal for both without zeros and padding', () => {
    const plain = convSpec({ inChannels: 4, outChannels: 6, kernel: [3, 3] });
    const map = sparseValues(size, 1, 3);
    expect(nonZeroOperations(plain, [...dims], map)).toBe(denseOperations(plain, [...dims]));
  });
});

describe('leastBytes', () => {
  it('are those of input, weights and output', () => {
    expect(leastBytes(spec, [...dims])).toBe(4 * (size + 6 * 2 * 6 + 2 * 6 * 4 * 8));
  });
});
