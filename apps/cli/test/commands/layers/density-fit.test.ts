import { describe, expect, it } from 'vitest';
import { densityFits, densitySweeps } from '../../../src/commands/layers/density-fit.ts';
import { densityPlot } from '../../../src/commands/layers/density-plot.ts';
import type { LayerComparison, OwnTimes } from '../../../src/layers/comparison.ts';
import { smallShape } from '../../support/fixtures.ts';

const own = (contender: string, ms: number, algorithm = contender): OwnTimes => ({
  contender: `zeroskip (${contender})`,
  algorithm,
  parameters: {},
  samplesMs: [ms],
  encodeMs: [0],
  computeMs: [ms],
  loweredBytes: 1,
});

const at = (name: string, density: number, times: readonly OwnTimes[]): LayerComparison => ({
  name,
  ...smallShape,
  inputShape: [1, 8, 6, 4],
  weightShape: [16, 8, 3, 3],
  density,
  own: times,
});

const densities = [0, 0.25, 0.5, 1];
const line = densities.map((d) =>
  at('a', d, [own('im2col', 40), own('direct', 20), own('cps', 2 + 18 * d), own('cpo', 20, 'direct')]),
);

describe('densitySweeps', () => {
  it('takes shapes that were timed at three densities or more', () => {
    const other = at('b', 0.5, [own('im2col', 1)]);
    expect(densitySweeps([...line, other]).map(({ layer, runs }) => [layer, runs.length])).toEqual([
      ['a', 4],
    ]);
  });
});

describe('densityFits', () => {
  it('fits a line to each sparse algorithm, beside the fastest dense one', () => {
    const [fit, ...others] = densityFits(densitySweeps(line)[0]!);
    expect(others).toEqual([]);
    expect(fit).toMatchObject({ layer: 'a', algorithm: 'cps', dense: { algorithm: 'direct', ms: 20 } });
    expect(fit!.interceptMs).toBeCloseTo(2, 10);
    expect(fit!.slopeMs).toBeCloseTo(18, 10);
    expect(fit!.r2).toBeCloseTo(1, 10);
  });

  it('tells how far the times are from a line', () => {
    const bent = densities.map((d) => at('a', d, [own('im2col', 40), own('cps', 18 * d * d)]));
    expect(densityFits(densitySweeps(bent)[0]!)[0]!.r2).toBeLessThan(0.99);
  });
});

describe('densityPlot', () => {
  it('draws a chart for each shape, as one SVG image', () => {
    const more = densities.map((d) => at('b', d, [own('im2col', 40), own('cps', 3 + d)]));
    const svg = densityPlot(densitySweeps([...line, ...more]));
    expect(svg).toMatch(/^<svg [^>]*width="960" height="330"/);
    expect(svg).toContain('a: 8→16, 6×4, 3×3');
    expect(svg).toContain('b: 8→16, 6×4, 3×3');
    expect(svg.trimEnd().endsWith('</svg>')).toBe(true);
  });
});
