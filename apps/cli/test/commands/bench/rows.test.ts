import type { ConvolutionTrace } from '@zeroskip/runner';
import { describe, expect, it } from 'vitest';
import { layerRows, loweredRatio, savedShare, storedRatio } from '../../../src/commands/bench/rows.ts';
import { trace, tracedSamples } from '../../support/fixtures.ts';

const traced = (
  name: string,
  encodeMs: number,
  computeMs: number,
  changes: Partial<ConvolutionTrace> = {},
): ConvolutionTrace => trace(name, { ms: encodeMs + computeMs, encodeMs, computeMs, ...changes });
const dense = (name: string, encodeMs: number, computeMs: number) =>
  traced(name, encodeMs, computeMs, { algorithm: 'im2col' });
const samples = (...traces: ConvolutionTrace[][]) => tracedSamples('x', ...traces);
const bytes = new Map(['a', 'b'].map((name) => [name, { im2col: 400, mec: 200, cpo: 50, cps: 40 }]));

describe('layerRows', () => {
  it('are medians over the samples, in order of execution', () => {
    const subject = samples(
      [traced('a', 1, 10, { density: 0.2 }), traced('b', 5, 5)],
      [traced('a', 3, 30, { density: 0.4, loweredBytes: 80 }), traced('b', 5, 5)],
      [traced('a', 2, 90, { density: 0.6, workspaceBytes: 700 }), traced('b', 5, 5)],
    );
    const im2col = samples([dense('a', 20, 30), traced('b', 1, 1, { algorithm: 'direct' })]);
    const rows = layerRows(subject, im2col, bytes);
    expect(rows.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(rows[0]).toMatchObject({ ms: 33, encodeMs: 2, computeMs: 30, im2colMs: 50, workspaceBytes: 700 });
    expect(rows[0]!.density).toBeCloseTo(0.4, 12);
    expect(rows[0]!.loweredBytes).toBe(60);
  });

  it('have no time of im2col where that refuses the layer', () => {
    const one = samples([traced('a', 1, 1)]);
    const [row] = layerRows(one, samples([traced('a', 1, 1, { algorithm: 'direct' })]), bytes);
    expect(row!.im2colMs).toBeUndefined();
    expect([savedShare(row!), loweredRatio(row!), storedRatio(row!)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('ratios to the bytes of im2col', () => {
  const sizes = { im2colMs: 1, loweredBytes: 80, bytes: { im2col: 400, cps: 40 } };

  it('are of what the products read, and of the format that the algorithm is named after', () => {
    expect(loweredRatio({ algorithm: 'cps', ...sizes })).toBe(5);
    expect(storedRatio({ algorithm: 'cps', ...sizes })).toBe(10);
  });

  it.each(['reference', 'toString'])('of a format are unknown for %s', (algorithm) => {
    expect(storedRatio({ algorithm, ...sizes })).toBeUndefined();
  });
});
