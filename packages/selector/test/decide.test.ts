import { describe, expect, it } from 'vitest';
import { configKey, defaultRules, hopeful, nextStep, ranking, refinements } from '../src/index.ts';
import { dense, descriptors, measured, overlap, sets } from './fixtures.ts';

const rules = { ...defaultRules, choicesPerParameter: 1, configsPerAlgorithm: 3 };
const unrefined = { ...rules, configsPerAlgorithm: 1 };
const five = (ms: number) => [ms, ms, ms, ms, ms];

describe('hopeful', () => {
  it('drops a candidate whose fastest round is far slower than the fastest of all', () => {
    const alive = hopeful([measured(sets(), [1, 1]), measured(dense, [2, 2])], 1, rules);
    expect(alive.map(({ config }) => config)).toEqual([sets()]);
  });

  it('keeps a candidate with one slow round', () => {
    expect(hopeful([measured(sets(), [1, 1]), measured(dense, [50, 1.2])], 1, rules)).toHaveLength(2);
  });

  it('keeps a candidate that was not measured yet', () => {
    expect(hopeful([measured(sets(), [1, 1]), measured(dense)], 1, rules)).toHaveLength(2);
  });

  it('drops a candidate that was hopeless on an earlier input', () => {
    const alive = hopeful([measured(sets(), [1], [5]), measured(dense, [9], [])], 2, rules);
    expect(alive.map(({ config }) => config)).toEqual([sets()]);
  });
});

describe('refinements', () => {
  it('tries other parameters of the fastest algorithm', () => {
    const found = refinements(descriptors, [measured(sets(), [1]), measured(dense, [2])], rules);
    expect(found).toEqual([sets(2, 0), sets(0, 1)]);
  });

  it('does not refine an algorithm that is far from the fastest', () => {
    expect(refinements(descriptors, [measured(sets(), [2]), measured(dense, [1])], rules)).toEqual([]);
  });

  it('goes on from the best parameters found', () => {
    const wide = { ...rules, configsPerAlgorithm: 9 };
    const known = [measured(sets(), [2]), measured(sets(2, 0), [1]), measured(sets(0, 1), [3])];
    expect(refinements(descriptors, known, wide)).toEqual([sets(3, 0), sets(2, 1)]);
  });

  it('stop at the cap of configurations for each algorithm', () => {
    const known = [measured(sets(), [1]), measured(sets(2, 0), [1]), measured(sets(0, 1), [1])];
    expect(refinements(descriptors, known, rules)).toEqual([]);
  });
});

describe('ranking', () => {
  it('is by the sum of the medians over the inputs', () => {
    const ranked = ranking([measured(dense, [1, 1, 9], [6]), measured(sets(), [2], [3])], 2);
    expect(ranked.map(({ config }) => config)).toEqual([sets(), dense]);
  });

  it('puts candidates that were dropped on the way last, by their cost against the leader', () => {
    const ranked = ranking(
      [
        measured(sets(5, 0), [8]),
        measured(overlap, [4]),
        measured(dense, [3], [3]),
        measured(sets(), [2], [2]),
      ],
      2,
    );
    expect(ranked.map(({ config }) => configKey(config))).toEqual(
      [sets(), dense, overlap, sets(5, 0)].map(configKey),
    );
  });

  it('keeps the order of preference among equals', () => {
    const ranked = ranking([measured(overlap, [1]), measured(dense, [1])], 1);
    expect(ranked.map(({ config }) => config)).toEqual([overlap, dense]);
  });

  it('leaves out what was never measured', () => {
    expect(ranking([measured(overlap)], 1)).toEqual([]);
  });
});

describe('nextStep', () => {
  it('measures newcomers first', () => {
    expect(nextStep(descriptors, [measured(sets()), measured(dense)], 0, rules)).toEqual({
      measure: [sets(), dense],
      rounds: rules.firstRounds,
    });
  });

  it('refines before it repeats', () => {
    const step = nextStep(descriptors, [measured(sets(), [1, 1]), measured(dense, [1.1, 1.1])], 0, rules);
    expect(step).toEqual({ measure: [sets(2, 0), sets(0, 1)], rounds: rules.firstRounds });
  });

  it('does not refine on later inputs', () => {
    const step = nextStep(
      descriptors,
      [measured(sets(), [1, 1], [1, 1]), measured(dense, [1.1], [1.1])],
      1,
      rules,
    );
    expect(step).toEqual({ measure: [sets(), dense], rounds: rules.minRounds - 1 });
  });

  it('gives every hopeful candidate the smallest number of rounds', () => {
    const step = nextStep(descriptors, [measured(sets(), [1, 1]), measured(dense, [1.1, 1.1])], 0, unrefined);
    expect(step).toEqual({ measure: [sets(), dense], rounds: rules.minRounds - 2 });
  });

  it('is settled when only one candidate is hopeful', () => {
    const step = nextStep(descriptors, [measured(sets(), [1, 1]), measured(dense, [9, 9])], 0, unrefined);
    expect(step).toEqual({ end: 'settled' });
  });

  it('is settled when the leader is clearly ahead', () => {
    const step = nextStep(descriptors, [measured(sets(), five(1)), measured(dense, five(1.2))], 0, unrefined);
    expect(step).toEqual({ end: 'settled' });
  });

  it('is settled when the choice makes no difference', () => {
    const step = nextStep(
      descriptors,
      [measured(sets(), five(1)), measured(dense, five(1.001))],
      0,
      unrefined,
    );
    expect(step).toEqual({ end: 'settled' });
  });

  it('goes on with those that could still win, and with no others', () => {
    const noisy = [1, 1.4, 1.1, 0.9, 1.3];
    const step = nextStep(
      descriptors,
      [measured(sets(), noisy), measured(overlap, [...noisy].reverse()), measured(dense, five(1.45))],
      0,
      { ...unrefined, hopeless: 2 },
    );
    expect(step).toEqual({ measure: [sets(), overlap], rounds: rules.firstRounds });
  });

  it('ends after the largest number of rounds, settled or not', () => {
    const noisy = Array.from({ length: rules.maxRounds }, (_, i) => 1 + (i % 3) / 4);
    const step = nextStep(descriptors, [measured(sets(), noisy), measured(dense, noisy)], 0, unrefined);
    expect(step).toEqual({ end: 'rounds' });
  });

  it('is settled when there is no candidate', () => {
    expect(nextStep(descriptors, [], 0, rules)).toEqual({ end: 'settled' });
  });
});
