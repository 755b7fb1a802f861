import type { Plan, PlanLayer } from '@zeroskip/selector';
import { describe, expect, it } from 'vitest';
import { planText } from '../../../src/commands/select/text.ts';

const layer = (algorithm: string, median: number, settlement: PlanLayer['settlement']): PlanLayer => ({
  name: `${algorithm} ${median}`,
  algorithm,
  parameters: {},
  runnerUp: null,
  settlement,
  density: { min: 0, max: 1 },
  guard: null,
  times: [{ algorithm, parameters: {}, rounds: 5, median, min: median, max: median, workspaceBytes: 0 }],
  refused: [],
});

const plan = (...layers: PlanLayer[]): Plan => ({
  version: 1,
  model: { sha256: 'a'.repeat(64) },
  machine: { cpu: 'Example CPU', target: 'avx2', threads: 2, node: '20.0.0' },
  objective: { kind: 'time' },
  library: '0.0.0',
  layers,
});

describe('planText', () => {
  it('sums up the choices, the costliest first', () => {
    const text = planText(
      plan(layer('cpo', 1, 'settled'), layer('cps', 6, 'settled'), layer('cpo', 1, 'settled')),
      'p',
    );
    const lines = text.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines.slice(1, 3)).toEqual([
      ['cps', '1', '75 %'],
      ['cpo', '2', '25 %'],
    ]);
    expect(text).toContain('All 3 decisions are settled.');
  });

  it('tells how many decisions are not settled', () => {
    const text = planText(
      plan(layer('a', 1, 'settled'), layer('b', 1, 'budget'), layer('c', 1, 'rounds')),
      'p',
    );
    expect(text).toContain('1 of 3 decisions are settled; the others ran out of time or rounds.');
  });

  it('names the file and the machine that it is for', () => {
    expect(planText(plan(), 'plan.json')).toContain('Wrote plan.json for Example CPU (avx2), 2 threads.');
  });
});
