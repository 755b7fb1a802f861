import { convSpec } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import {
  compareConvolution,
  convolutionReference,
  edgeCases,
  firstViolation,
  gamma,
  seededMap,
  seededWeights,
} from '../src/index.ts';

describe('convolutionReference', () => {
  it('computes a 2×2 kernel by hand, with the magnitude of each sum', () => {
    const { output, magnitude, terms, dims } = convolutionReference({
      spec: convSpec({ inChannels: 1, outChannels: 1, kernel: [2, 2] }),
      batch: 1,
      input: [2, 3],
      map: Float32Array.of(1, 2, 3, 4, 5, 6),
      weights: Float32Array.of(1, -1, 2, 0.5),
      bias: Float32Array.of(-10),
    });
    expect([...output]).toEqual([1 - 2 + 8 + 2.5 - 10, 2 - 3 + 10 + 3 - 10]);
    expect([...magnitude]).toEqual([1 + 2 + 8 + 2.5 + 10, 2 + 3 + 10 + 3 + 10]);
    expect(terms).toBe(5);
    expect(dims).toEqual([1, 1, 1, 2]);
  });

  it('takes pads, strides, dilations and groups', () => {
    const { output, dims } = convolutionReference({
      spec: convSpec({
        inChannels: 2,
        outChannels: 2,
        kernel: [1, 2],
        group: 2,
        strides: [1, 2],
        dilations: [1, 2],
        pads: [0, 1, 0, 0],
      }),
      batch: 1,
      input: [1, 4],
      map: Float32Array.of(1, 2, 3, 4, 10, 20, 30, 40),
      weights: Float32Array.of(1, 100, 1, 1000),
    });
    expect(dims).toEqual([1, 2, 1, 2]);
    expect([...output]).toEqual([200, 2 + 400, 20_000, 20 + 40_000]);
  });
});

describe('firstViolation', () => {
  const reference = Float64Array.of(1, 2, 3);
  const magnitude = Float64Array.of(1, 2, 3);

  it('accepts errors up to γ_K · Σ|x·w|', () => {
    const bound = gamma(8) * 2;
    expect(
      firstViolation({ reference, magnitude, terms: 8, actual: Float64Array.of(1, 2 + bound, 3) }),
    ).toBeUndefined();
  });

  it('reports the first output beyond it', () => {
    const actual = Float64Array.of(1, 2 + gamma(8) * 2.001, 0);
    expect(firstViolation({ reference, magnitude, terms: 8, actual })).toMatchObject({
      index: 1,
      reference: 2,
    });
  });

  it('gives a float32 reference its own rounding', () => {
    const rounded = { reference: Float32Array.of(1), magnitude: Float64Array.of(1), terms: 1 };
    expect(firstViolation({ ...rounded, actual: Float64Array.of(1 + 1.9 * 2 ** -24) })).toBeUndefined();
    expect(firstViolation({ ...rounded, actual: Float64Array.of(1 + 2.1 * 2 ** -24) })).toMatchObject({
      index: 0,
    });
  });

  it('takes -0 for 0, NaN for NaN and an infinity for itself only', () => {
    const special = { magnitude: Float64Array.of(Number.POSITIVE_INFINITY), terms: 4 };
    const compare = (expected: number, received: number) =>
      firstViolation({ ...special, reference: Float64Array.of(expected), actual: Float64Array.of(received) });
    expect(compare(0, -0)).toBeUndefined();
    expect(compare(Number.NaN, Number.NaN)).toBeUndefined();
    expect(compare(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(compare(Number.NaN, 0)).toBeDefined();
    expect(compare(0, Number.NaN)).toBeDefined();
    expect(compare(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBeDefined();
  });

  it('refuses arrays of different lengths', () => {
    expect(() => firstViolation({ reference, magnitude, terms: 1, actual: Float64Array.of(1) })).toThrow(
      'Expected 3 values for actual, received 1.',
    );
  });
});

describe('compareConvolution', () => {
  const edgeCase = [...edgeCases()].find((c) => c.batch === 2 && c.spec.outChannels > 2 && c.density === 1)!;
  const operands = { ...edgeCase, map: seededMap(edgeCase), weights: seededWeights(edgeCase) };
  const reference = convolutionReference(operands);

  it('accepts the rounded reference', () => {
    expect(compareConvolution(operands, Float32Array.from(reference.output))).toBeUndefined();
  });

  it('names the coordinates of the first wrong output', () => {
    const [, channels, height, width] = reference.dims;
    const actual = Float32Array.from(reference.output);
    const index = ((channels + 2) * height + (height - 1)) * width + (width - 1);
    actual[index]! += 1000;
    expect(compareConvolution(operands, actual, reference)).toContain(
      `for output (n 1, m 2, y ${height - 1}, x ${width - 1}), received`,
    );
  });
});
