import { describe, expect, it } from 'vitest';
import {
  allZeroChannels,
  countNonZeros,
  countTiles,
  density,
  patternHistogram,
  runLengths,
} from '../src/index.ts';
import { mapOfRows, WORKED_EXAMPLE } from './maps.ts';

describe('density', () => {
  it('counts what is not a zero of either sign; a NaN, an infinity and a denormal are not', () => {
    const values = Float32Array.of(0, -0, 1, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** -149);
    expect(countNonZeros(values)).toBe(4);
    expect(density(values)).toBe(4 / 6);
  });

  it('of nothing is 0', () => {
    expect(density(new Float32Array(0))).toBe(0);
  });

  it('of a view into a larger buffer is its own', () => {
    expect(countNonZeros(Float32Array.of(1, 0, 2, 1).subarray(1, 3))).toBe(1);
  });
});

describe('allZeroChannels', () => {
  it('names them', () => {
    const data = Float32Array.of(0, -0, 0, 1, 0, 0);
    expect(allZeroChannels({ channels: 3, height: 1, width: 2, data })).toEqual([0, 2]);
    expect(allZeroChannels({ channels: 1, height: 2, width: 3, data })).toEqual([]);
  });
});

describe('countTiles', () => {
  it('counts tiles that are zero in every channel', () => {
    const data = Float32Array.of(1, 0, 0, 0, 0, /**/ 0, 0, 0, 0, 0, /**/ 0, 2, 0, 0, 0, /**/ 0, 0, 0, 0, 3);
    const map = { channels: 2, height: 2, width: 5, data };
    expect(countTiles(map, 2)).toEqual({ total: 6, allZero: 4 });
    expect(countTiles(map)).toEqual({ total: 4, allZero: 2 });
  });

  it('refuses a tile width out of range', () => {
    expect(() => countTiles(WORKED_EXAMPLE, 9)).toThrow('from 2 to 8 for tileWidth');
  });
});

describe('patternHistogram', () => {
  it('counts masks, the first column in the lowest bit; a short last group too', () => {
    const histogram = patternHistogram(WORKED_EXAMPLE);
    const counted = [...histogram].flatMap((count, pattern) => (count > 0 ? [[pattern, count]] : []));
    expect(counted).toEqual([
      [0b0000, 1],
      [0b0001, 1],
      [0b0010, 2],
      [0b0100, 1],
      [0b0101, 1],
      [0b1001, 1],
      [0b1010, 1],
    ]);
    expect(histogram).toHaveLength(16);
  });

  it('sums to the number of groups for every tile width', () => {
    for (let tileWidth = 2; tileWidth <= 8; tileWidth++) {
      const sum = patternHistogram(WORKED_EXAMPLE, tileWidth).reduce((total, count) => total + count, 0);
      expect(sum).toBe(4 * Math.ceil(6 / tileWidth));
    }
  });
});

describe('runLengths', () => {
  it('counts runs within rows', () => {
    const { zeros, nonZeros } = runLengths(
      mapOfRows([
        [1, 1, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0],
        [2, 2, 2, 2, 2, 2],
      ]),
    );
    expect([...zeros]).toEqual([0, 0, 0, 1, 0, 0, 1]);
    expect([...nonZeros]).toEqual([0, 1, 1, 0, 0, 0, 1]);
  });

  it('of one column has runs of one', () => {
    const { zeros, nonZeros } = runLengths(mapOfRows([[1], [0], [-0]]));
    expect([...zeros]).toEqual([0, 2]);
    expect([...nonZeros]).toEqual([0, 1]);
  });

  it('covers every element once', () => {
    const { zeros, nonZeros } = runLengths(WORKED_EXAMPLE);
    const elements =
      [...zeros].reduce((sum, count, n) => sum + count * n, 0) +
      [...nonZeros].reduce((sum, count, n) => sum + count * n, 0);
    expect(elements).toBe(24);
  });
});
