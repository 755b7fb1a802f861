import { describe, expect, it } from 'vitest';
import { choose, guardOf, type Objective, type Rated } from '../src/index.ts';
import { dense } from './fixtures.ts';

const rated = (id: string, ms: number, workspaceBytes: number): Rated => ({
  config: { algorithm: id, parameters: {} },
  ms,
  workspaceBytes,
});
const candidates = [
  rated('fast', 10, 900),
  rated('near', 10.4, 100),
  rated('small', 30, 0),
  rated('like', 30, 0),
];
const chosen = (objective: Objective) => choose(candidates, objective)?.config.algorithm;

describe('choose', () => {
  it('takes the smallest time', () => expect(chosen({ kind: 'time' })).toBe('fast'));
  it('takes the smallest workspace, the first of equals', () =>
    expect(chosen({ kind: 'memory' })).toBe('small'));
  it('takes the smallest workspace among the fast', () =>
    expect(chosen({ kind: 'balanced', tolerance: 0.05 })).toBe('near'));
  it('takes the fastest when none is near', () =>
    expect(chosen({ kind: 'balanced', tolerance: 0.03 })).toBe('fast'));
  it('takes the faster one of equal workspaces', () =>
    expect(choose([rated('slow', 2, 5), rated('quick', 1, 5)], { kind: 'memory' })?.config.algorithm).toBe(
      'quick',
    ));
  it('takes nothing of nothing', () => expect(choose([], { kind: 'time' })).toBeUndefined());
});

describe('guardOf', () => {
  const facts = {
    sparseMs: 1,
    density: 0.4,
    highest: 0.5,
    dense: { config: dense, ms: 2 },
    expected: (density: number) => density,
  };

  it('stands where the expected time meets the dense time', () => {
    // 1 ms at 0.4, so 2 ms at 0.8.
    const guard = guardOf(facts)!;
    expect(guard).toMatchObject(dense);
    expect(guard.density).toBeCloseTo(0.8, 1);
    expect(guard.density).toBeLessThan(0.81);
  });

  it('is missing where little is lost without a zero', () => {
    expect(guardOf({ ...facts, dense: { config: dense, ms: 2.4 } })).toBeUndefined();
  });

  it('is missing where calibration saw a map without a zero', () => {
    expect(guardOf({ ...facts, highest: 1 })).toBeUndefined();
  });

  it('never stands at a density that calibration saw', () => {
    const guard = guardOf({ ...facts, highest: 0.9 })!;
    expect(guard.density).toBeGreaterThan(0.9);
  });
});
