import { convSpec } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { convolutionReference, sparseValues, winogradMatrices, winogradReference } from '../src/index.ts';

const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [3, 3], pads: [1, 1, 1, 1] });
const input = [5, 6] as const;
const operands = {
  spec,
  batch: 1,
  input,
  map: sparseValues(60, 1, 1),
  weights: sparseValues(54, 1, 2),
};
const reference = convolutionReference(operands);

describe.each([2, 4])('winogradMatrices(%i)', (m) => {
  it('are those of a correlation of m + 2 inputs with three weights', () => {
    const matrices = winogradMatrices(m);
    const times = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
      matrix.map((row) => row.reduce((sum, value, i) => sum + value * x[i]!, 0));
    const d = [...sparseValues(m + 2, 1, 3)];
    const g = [...sparseValues(3, 1, 4)];
    const kernel = times(matrices.kernel, g);
    const result = times(
      matrices.output,
      times(matrices.input, d).map((value, i) => value * kernel[i]!),
    );
    for (const [i, value] of result.entries()) {
      expect(value).toBeCloseTo(g[0]! * d[i]! + g[1]! * d[i + 1]! + g[2]! * d[i + 2]!, 12);
    }
  });
});

describe('winogradReference', () => {
  it('keeps the output, and bounds no output by less than its products', () => {
    const bounded = winogradReference(operands, 4, reference);
    expect(bounded.output).toBe(reference.output);
    for (const [i, magnitude] of bounded.magnitude.entries()) {
      expect(magnitude).toBeGreaterThan(2 * reference.magnitude[i]!);
    }
  });

  it('takes the sum of a tile with what is not finite by definition', () => {
    const bounded = winogradReference(
      { ...operands, map: operands.map.with(0, Number.POSITIVE_INFINITY) },
      4,
      reference,
    );
    for (const [i, magnitude] of bounded.magnitude.entries()) {
      const [y, x] = [Math.floor(i / 6) % 5, i % 6];
      if (y < 4 && x < 4) expect(magnitude).toBeGreaterThan(9 * reference.magnitude[i]!);
      expect(magnitude).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });
});
