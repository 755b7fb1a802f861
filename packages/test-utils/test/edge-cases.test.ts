import { outputSize, weightCount } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { type EdgeCase, edgeCases, seededBias, seededMap, seededWeights } from '../src/index.ts';

const cases = [...edgeCases()];

function values<T>(select: (edgeCase: EdgeCase) => T): T[] {
  return [...new Set(cases.map(select))].sort((a, b) => Number(a) - Number(b));
}

describe('edgeCases', () => {
  it('is a few hundred cases with a name and a seed of their own', () => {
    expect(cases.length).toBeGreaterThan(200);
    expect(cases.length).toBeLessThan(600);
    expect(values((c) => c.name)).toHaveLength(cases.length);
    expect(values((c) => c.seed)).toHaveLength(cases.length);
  });

  it('is the same on every call', () => {
    expect([...edgeCases()]).toEqual(cases);
  });

  it('has every kernel, stride, dilation, channel count, width and density of the sweep', () => {
    expect(values((c) => c.spec.kernel.join('x')).sort()).toEqual(['1x1', '1x7', '3x3', '5x5', '7x1', '7x7']);
    expect(values((c) => c.spec.strides[0])).toEqual([1, 2, 3]);
    expect(values((c) => c.spec.strides[1])).toEqual([1, 2, 3]);
    expect(values((c) => c.spec.dilations[0])).toEqual([1, 2, 3, 4]);
    expect(values((c) => c.spec.dilations[1])).toEqual([1, 2, 3, 4]);
    expect(values((c) => c.spec.inChannels)).toEqual([1, 3, 15, 16, 17, 64, 100]);
    expect(values((c) => c.spec.outChannels)).toEqual(expect.arrayContaining([1, 3, 15, 16, 17, 64, 100]));
    expect(values((c) => c.input[1])).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(values((c) => c.density)).toEqual([0, 0.01, 0.1, 0.5, 1]);
    expect(values((c) => c.batch)).toEqual([1, 2]);
  });

  it('has groups, depthwise layers, pads that differ on each side, zero channels and zero regions', () => {
    const { spec } = cases[0]!;
    expect(spec.group).toBe(1);
    expect(cases.some((c) => c.spec.group > 1 && c.spec.group < c.spec.inChannels)).toBe(true);
    expect(cases.some((c) => c.spec.group > 1 && c.spec.group === c.spec.inChannels)).toBe(true);
    expect(cases.some((c) => new Set(c.spec.pads).size === 4)).toBe(true);
    expect(cases.some((c) => c.zeroChannels)).toBe(true);
    expect(cases.some((c) => c.zeroRegion)).toBe(true);
  });

  it('has an output of at least one pixel everywhere', () => {
    for (const c of cases) expect(Math.min(...outputSize(c.spec, c.input)), c.name).toBeGreaterThan(0);
  });
});

describe('seeded data', () => {
  it('has the size of the case and is the same on every call', () => {
    for (const c of cases) {
      expect(seededMap(c)).toHaveLength(c.batch * c.spec.inChannels * c.input[0] * c.input[1]);
      expect(seededWeights(c)).toHaveLength(weightCount(c.spec));
      expect(seededBias(c)).toHaveLength(c.spec.outChannels);
    }
    const last = cases.at(-1)!;
    expect(seededMap(last)).toEqual(seededMap(last));
  });

  it('at density 0 has no value, at density 1 no zero outside zero channels and regions', () => {
    for (const c of cases) {
      const map = seededMap(c);
      if (c.density === 0) expect(map.every((value) => value === 0)).toBe(true);
      if (c.density === 1 && !c.zeroChannels && !c.zeroRegion)
        expect(map.every((value) => value !== 0)).toBe(true);
    }
  });

  it('empties two channels in three, or a rectangle', () => {
    const isEmpty = (map: Float32Array) => map.every((value) => value === 0);
    const planes = cases.find((c) => c.zeroChannels && c.spec.inChannels >= 3 && c.density === 1)!;
    const size = planes.input[0] * planes.input[1];
    const map = seededMap(planes);
    expect([0, 1, 2].map((plane) => isEmpty(map.subarray(plane * size, (plane + 1) * size)))).toEqual([
      true,
      false,
      true,
    ]);

    const region = cases.find((c) => c.zeroRegion && c.density === 1 && c.input[0] > 1 && c.input[1] > 1)!;
    const zeros = seededMap(region).filter((value) => value === 0).length;
    const [height, width] = region.input;
    const planeCount = region.batch * region.spec.inChannels;
    expect(zeros).toBe(planeCount * Math.ceil(height / 2) * Math.ceil(width / 2));
  });
});
