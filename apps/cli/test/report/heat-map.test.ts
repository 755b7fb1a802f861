import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { heatMap } from '../../src/report/heat-map.ts';
import { heatPng } from '../../src/report/heat-png.ts';

describe('heatMap', () => {
  it('adds up channels', () => {
    const data = Float32Array.of(0, 2, 0, -4, 0, 0, 6, -4);
    const { height, width, nonZero, magnitude } = heatMap({ channels: 2, height: 2, width: 2, data });
    expect([height, width]).toEqual([2, 2]);
    expect([...nonZero]).toEqual([0, 0.5, 0.5, 1]);
    expect([...magnitude]).toEqual([0, 0.25, 0.75, 1]);
  });

  it('averages squares of large maps, to the rim', () => {
    const data = new Float32Array(193 * 4).fill(1, 0, 386);
    const { height, width, nonZero } = heatMap({ channels: 1, height: 193, width: 4, data });
    expect([height, width]).toEqual([65, 2]);
    expect(nonZero[0]).toBe(1);
    expect(nonZero.at(-1)).toBe(0);
    // The first two values of row 96, of three rows of three.
    expect(nonZero[64]).toBeCloseTo(2 / 9, 6);
  });

  it('has no NaN for a map of zeros, or of values that are not finite', () => {
    const data = Float32Array.of(0, Number.NaN, Number.POSITIVE_INFINITY, 0);
    const { nonZero, magnitude } = heatMap({ channels: 1, height: 2, width: 2, data });
    expect([...nonZero]).toEqual([0, 1, 1, 0]);
    expect([...magnitude]).toEqual([0, 0, 0, 0]);
  });

  it('is drawn from blue to yellow', async () => {
    const png = await heatPng(Float32Array.of(0, 0.5, 1, 1), 2, 2);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 2, height: 2, channels: 3 });
    expect([...data.subarray(0, 9)]).toEqual([68, 1, 84, 33, 145, 140, 253, 231, 37]);
  });
});
