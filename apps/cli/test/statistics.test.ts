import { describe, expect, it } from 'vitest';
import { percentile } from '../src/statistics.ts';

describe('percentile', () => {
  it.each([
    [[7], 0.05, 7],
    [[3, 1], 0.5, 2],
    [[5, 1, 4, 2, 3], 0, 1],
    [[5, 1, 4, 2, 3], 1, 5],
    [[5, 1, 4, 2, 3], 0.95, 4.8],
  ])('of %j at %d is %d', (values, share, expected) => {
    expect(percentile(values, share)).toBeCloseTo(expected, 12);
  });
});
