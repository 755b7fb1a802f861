import { describe, expect, it } from 'vitest';
import { planFile } from '../src/plan-cache.ts';

describe('planFile', () => {
  it('is the same for the same model, machine and threads', () => {
    expect(planFile(['model', 'addon'], 2)).toBe(planFile(['model', 'addon'], 2));
  });

  it('differs for another model, another addon and other threads', () => {
    const names = [
      planFile(['a', 'b'], 2),
      planFile(['c', 'b'], 2),
      planFile(['a', 'c'], 2),
      planFile(['a', 'b'], 1),
    ];
    expect(new Set(names).size).toBe(4);
  });
});
