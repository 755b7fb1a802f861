import type { ConvolutionTrace } from '@zeroskip/runner';
import { describe, expect, it } from 'vitest';
import { chosenBytes, layerRows } from '../src/layer-rows.ts';

const trace = (
  name: string,
  encodeMs: number,
  computeMs: number,
  changes: Partial<ConvolutionTrace> = {},
) => ({
  name,
  opType: 'Conv',
  ms: encodeMs + computeMs,
  algorithm: 'cps',
  parameters: {},
  inputShape: [1, 8, 4, 4] as const,
  weightShape: [2, 8, 3, 3] as const,
  strides: [1, 1] as const,
  dilations: [1, 1] as const,
  pads: [1, 1, 1, 1] as const,
  group: 1,
  density: 0.5,
  guarded: false,
  encodeMs,
  computeMs,
  workspaceBytes: 100,
  ...changes,
});

const samples = (...traces: ConvolutionTrace[][]) => ({ name: 'x', threads: 1, samplesMs: [], traces });
const bytes = new Map(['a', 'b'].map((name) => [name, { im2col: 400, mec: 200, cpo: 50, cps: 40 }]));

describe('layerRows', () => {
  it('are medians over the samples, in order of execution', () => {
    const subject = samples(
      [trace('a', 1, 10, { density: 0.2 }), trace('b', 5, 5)],
      [trace('a', 3, 30, { density: 0.4 }), trace('b', 5, 5)],
      [trace('a', 2, 90, { density: 0.6, workspaceBytes: 700 }), trace('b', 5, 5)],
    );
    const rows = layerRows(subject, samples([trace('a', 20, 30), trace('b', 1, 1)]), bytes);
    expect(rows.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(rows[0]).toMatchObject({ ms: 33, encodeMs: 2, computeMs: 30, im2colMs: 50, workspaceBytes: 700 });
    expect(rows[0]!.density).toBeCloseTo(0.4, 12);
  });
});

describe('chosenBytes', () => {
  const sizes = { im2col: 400, cps: 40 };

  it('are those of the format that the algorithm is named after', () => {
    expect(chosenBytes({ algorithm: 'cps', bytes: sizes })).toBe(40);
  });

  it.each(['reference', 'toString'])('are unknown for %s', (algorithm) => {
    expect(chosenBytes({ algorithm, bytes: sizes })).toBeUndefined();
  });
});
