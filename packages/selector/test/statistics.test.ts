import { describe, expect, it } from 'vitest';
import { cost, costRatioInterval } from '../src/index.ts';

describe('cost', () => {
  it('adds the medians of the inputs', () => {
    expect(cost([[1, 2, 30], [5]])).toBe(7);
  });
});

describe('costRatioInterval', () => {
  it('is a point for samples that do not vary', () => {
    expect(costRatioInterval([[2, 2, 2]], [[4, 4, 4]])).toEqual({ low: 0.5, high: 0.5 });
  });

  it('lies below 1 when every sample is faster', () => {
    const { low, high } = costRatioInterval([[1, 1.1, 1.2, 1.1, 1]], [[2, 2.1, 2.3, 2.2, 2]]);
    expect(high).toBeLessThan(0.65);
    expect(low).toBeGreaterThan(0.4);
  });

  it('holds 1 when the samples overlap', () => {
    const { low, high } = costRatioInterval([[1, 3, 2, 1, 3]], [[2, 1, 3, 2, 2]]);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });

  it('is not moved by a single outlier among many', () => {
    const steady = Array.from({ length: 15 }, () => 1);
    const { high } = costRatioInterval([[...steady, 1000]], [[...steady, 1]]);
    expect(high).toBe(1);
  });

  it('gives the same interval for the same samples', () => {
    const [a, b] = [[[1, 2, 3, 4, 5]], [[2, 3, 4, 5, 6]]];
    expect(costRatioInterval(a, b)).toEqual(costRatioInterval(a, b));
  });

  it('weighs inputs by their time', () => {
    const { low, high } = costRatioInterval([[1], [100]], [[10], [100]]);
    expect(low).toBeCloseTo(101 / 110, 12);
    expect(high).toBeCloseTo(101 / 110, 12);
  });
});
