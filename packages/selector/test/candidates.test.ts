import { describe, expect, it } from 'vitest';
import { configKey, defaultConfigs, neighbours } from '../src/index.ts';
import { accepting, dense, descriptors, overlap, sets } from './fixtures.ts';

describe('defaultConfigs', () => {
  it('takes every algorithm but the reference, in order of preference, with default parameters', () => {
    expect(defaultConfigs(descriptors, accepting)).toEqual({
      configs: [sets(), overlap, dense],
      refused: [],
    });
  });

  it('keeps the reason of each refusal', () => {
    const verdicts = [{ id: 'sets', refusal: 'a weight is not finite' }, { id: 'dense' }];
    expect(defaultConfigs(descriptors, verdicts)).toEqual({
      configs: [dense],
      refused: [{ algorithm: 'sets', reason: 'a weight is not finite' }],
    });
  });
});

describe('configKey', () => {
  it('does not depend on the order of parameters', () => {
    const swapped = { algorithm: 'sets', parameters: { q: 2, p: 1 } };
    expect(configKey(swapped)).toBe(configKey(sets(1, 2)));
  });

  it('tells parameters apart', () => {
    expect(configKey(sets(1, 2))).not.toBe(configKey(sets(2, 1)));
  });
});

describe('neighbours', () => {
  it('change one parameter at a time', () => {
    const found = neighbours(descriptors[0]!, sets(4, 1), 9).map(configKey);
    expect(found).toEqual([2, 3, 5, 6, 8].map((p) => configKey(sets(p, 1))).concat(configKey(sets(4, 2))));
  });

  it('are capped for each parameter, with the ends kept', () => {
    const found = neighbours(descriptors[0]!, sets(), 3).map(({ parameters }) => parameters);
    expect(found).toEqual([
      { p: 2, q: 0 },
      { p: 5, q: 0 },
      { p: 8, q: 0 },
      { p: 0, q: 1 },
      { p: 0, q: 2 },
    ]);
  });

  it('are one for each parameter under a cap of 1', () => {
    expect(neighbours(descriptors[0]!, sets(), 1)).toEqual([sets(2, 0), sets(0, 1)]);
  });

  it('are none for an algorithm without parameters', () => {
    expect(neighbours(descriptors[2]!, dense, 3)).toEqual([]);
  });
});
