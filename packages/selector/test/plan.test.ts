import { forms } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { checkPlan, parsePlan, readPlan, writePlan } from '../src/index.ts';
import { machine, plan, sha256 } from './fixtures.ts';

const layer = plan.layers[0]!;

describe('a plan file', () => {
  it('reads back as it was written', () => {
    expect(readPlan(writePlan(plan))).toEqual(plan);
  });

  it.each(Object.keys(forms))('reads back from its bytes as %s', (form) => {
    const bytes = new TextEncoder().encode(writePlan(plan));
    expect(readPlan(forms[form]!(bytes))).toEqual(plan);
    expect(() => readPlan(forms[form]!(bytes.subarray(0, -3)))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_PLAN' }),
    );
  });

  it('may have a layer without runner-up, times and refusals', () => {
    const bare = { ...plan, layers: [{ ...layer, runnerUp: null, times: [], refused: [] }] };
    expect(parsePlan(bare)).toEqual(bare);
  });

  const invalid: [string, unknown, RegExp][] = [
    ['nothing', undefined, /for the plan, received undefined/],
    ['an array', [], /the plan/],
    ['another version', { ...plan, version: 2 }, /Expected 1 for version of the plan, received 2/],
    ['no model', { ...plan, model: undefined }, /model/],
    [
      'a hash of another length',
      { ...plan, model: { sha256: 'ab' } },
      /model\.sha256 of the plan, received "ab"/,
    ],
    ['an unknown field', { ...plan, extra: 1 }, /extra/],
    [
      'threads of 0',
      { ...plan, machine: { ...machine, threads: 0 } },
      /machine\.threads of the plan, received 0/,
    ],
    [
      'layers that are no list',
      { ...plan, layers: {} },
      /Expected Array for layers of the plan, received Object/,
    ],
    ['a layer without a name', { ...plan, layers: [{ ...layer, name: '' }] }, /layers\.0\.name/],
    [
      'a parameter that is no integer',
      { ...plan, layers: [{ ...layer, parameters: { p: 1.5 } }] },
      /layers\.0\.parameters\.p/,
    ],
    [
      'a time that is not a number',
      { ...plan, layers: [{ ...layer, times: [{ ...layer.times[0], median: '1' }] }] },
      /times\.0\.median/,
    ],
    ['a density above 1', { ...plan, layers: [{ ...layer, density: { min: 0, max: 2 } }] }, /density\.max/],
    [
      'a layer twice',
      { ...plan, layers: [layer, layer] },
      /each layer once for the plan, received "\/conv1\/Conv"/,
    ],
  ];
  it.each(invalid)('is refused with %s', (_, value, message) => {
    expect(() => parsePlan(value)).toThrow(message);
    expect(() => parsePlan(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PLAN' }));
  });

  it('is refused when it is not JSON', () => {
    expect(() => readPlan('not a plan')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PLAN' }));
  });

  it('drops a parameter named like the prototype', () => {
    const text = writePlan(plan).replace('"p": 4', '"__proto__": 4');
    expect(Object.keys(readPlan(text).layers[0]!.parameters)).toEqual(['q']);
  });
});

describe('checkPlan', () => {
  it('has nothing to say of the same model on the same machine', () => {
    expect(checkPlan(plan, sha256, machine)).toBeUndefined();
  });

  it('throws for a plan of another model', () => {
    const other = 'b2'.repeat(32);
    expect(() => checkPlan(plan, other, machine)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_PLAN', expected: `a plan of the model ${other}` }),
    );
  });

  it('warns on another machine, and says what differs and nothing else', () => {
    const warning = checkPlan(plan, sha256, { ...machine, target: 'AVX3', threads: 8 });
    expect(warning).toContain('target AVX2 there, AVX3 here; threads 2 there, 8 here');
    expect(warning).not.toContain('cpu');
  });
});
