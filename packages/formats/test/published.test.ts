import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compressionRatios, publishedRows, publishedTable } from '../src/index.ts';

const csv = readFileSync(
  new URL('../../../bench/shapes/inception-v3-published.csv', import.meta.url),
  'utf8',
);
const rows = publishedRows(csv);
const spatial = rows.filter(({ geometry }) => geometry.kernel[0] * geometry.kernel[1] > 1);

function differences(method: 'cpo' | 'cps' | 'mec' | 'cscc'): number[] {
  return spatial.map(({ formula, published }) => Math.abs(formula[method] / published[method] - 1));
}

describe('the published table of Inception-v3', () => {
  it('has 94 convolutions, 54 of them not pointwise', () => {
    expect(rows).toHaveLength(94);
    expect(spatial).toHaveLength(54);
  });

  it('implies no padding for the valid and strided layers, half the kernel for the others', () => {
    const padsOf = (layer: number) => rows[layer]!.geometry.pads;
    expect(padsOf(0)).toEqual([0, 0, 0, 0]);
    expect(padsOf(2)).toEqual([1, 1, 1, 1]);
    expect(padsOf(7)).toEqual([2, 2, 2, 2]);
    expect(padsOf(26)).toEqual([0, 0, 0, 0]);
    expect(padsOf(32)).toEqual([0, 3, 0, 3]);
    expect(padsOf(33)).toEqual([3, 0, 3, 0]);
    expect(padsOf(71)).toEqual([0, 0, 0, 0]);
  });

  it('is reproduced within 5 % for CPO and 0.1 % for MEC on every non-pointwise layer', () => {
    expect(Math.max(...differences('cpo'))).toBeLessThan(0.05);
    expect(Math.max(...differences('mec'))).toBeLessThan(0.001);
  });

  it('is reproduced within 10 % for CSCC; for CPS, whose sets profit from neighbours, from below', () => {
    expect(Math.max(...differences('cscc'))).toBeLessThan(0.1);
    for (const { formula, published } of spatial) {
      expect(formula.cps / published.cps).toBeLessThan(1.001);
      expect(formula.cps / published.cps).toBeGreaterThan(0.85);
    }
  });

  it('is printed with one line per convolution', () => {
    const lines = publishedTable(csv).split('\n');
    expect(lines).toHaveLength(95);
    expect(lines[0]).toMatch(/conv +layer +kernel +stride +pads +density +CPO publ\. +formula +diff/);
    expect(lines[82]).toMatch(/81 +448→384 @8×8 +3×3 +1×1 +1,1,1,1 +0\.1348 +21\.63 +21\.32 +-1\.4 %/);
  });
});

describe('compressionRatios', () => {
  const shape = { channels: 1, height: 4, width: 4 };
  const geometry = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;

  it('of a dense map, by hand', () => {
    const ratios = compressionRatios(shape, geometry, 1);
    expect(ratios.cpo).toBe(36 / (3 * 3 + 2 * 16));
    expect(ratios.cps).toBe(36 / (3 * 3 + 16 + 2 * 4));
    expect(ratios.mec).toBe(36 / 24);
    expect(ratios.cscc).toBe(36 / (3 + 2 * 24));
  });

  it('of an empty map are what the pointers leave', () => {
    const ratios = compressionRatios(shape, geometry, 0);
    expect(ratios).toMatchObject({ cpo: 4, cps: 4, mec: 1.5, cscc: 12 });
  });
});
