import { describe, expect, it } from 'vitest';
import { median } from '../src/index.ts';

describe('median', () => {
  it('is the middle of an odd number of values, in any order', () => {
    expect(median([9, 1, 4])).toBe(4);
  });

  it('is the mean of the two middle values of an even number', () => {
    expect(median([8, 1, 2, 4])).toBe(3);
  });

  it('is the value itself when there is one', () => {
    expect(median([7])).toBe(7);
  });

  it('is NaN for no values', () => {
    expect(median([])).toBeNaN();
  });

  it('sorts by value, not by spelling', () => {
    expect(median([10, 9, 100])).toBe(10);
  });
});
