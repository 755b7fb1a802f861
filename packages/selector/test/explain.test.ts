import { describe, expect, it } from 'vitest';
import { agreement, explainLayer } from '../src/index.ts';
import { plan } from './fixtures.ts';

const layer = plan.layers[0]!;

describe('explainLayer', () => {
  it('gives the choice, its time, the runner-up and the guard', () => {
    expect(explainLayer(layer)).toBe(
      '/conv1/Conv: sets p=4 q=0 at density 25 % to 50 %: 1.00 ms (0.900 ms to 1.50 ms, 5 rounds), dense 2.00 ms (2.00×). ' +
        'Inputs with more than 80 % non-zeros run with dense.',
    );
  });

  it('says what would change a choice without a guard', () => {
    expect(explainLayer({ ...layer, guard: null })).toContain('dense would have to take 50 % less time.');
    const slower = layer.times.map((entry) => ({ ...entry, median: 1 }));
    expect(explainLayer({ ...layer, guard: null, times: slower })).toContain('Either would do.');
    const alone = { ...layer, guard: null, runnerUp: null };
    expect(explainLayer(alone)).toContain('overlap refuses: takes stride 1 only.');
    expect(explainLayer({ ...alone, refused: [] })).toContain('No other algorithm was measured.');
  });

  it('says at how many zeros the algorithm that skips them would be as fast as a dense one', () => {
    const swapped = {
      ...layer,
      ...layer.runnerUp!,
      runnerUp: { algorithm: 'sets', parameters: { p: 4, q: 0 } },
      guard: null,
      times: layer.times.map((entry) => ({ ...entry, median: 3 - entry.median })),
    };
    expect(explainLayer(swapped, (id) => id === 'sets')).toContain(
      'sets would have to take 50 % less time, with at most 13 % non-zeros.',
    );
    expect(explainLayer(swapped)).toContain('sets would have to take 50 % less time.');
  });

  it('says when a decision is not settled, or an estimate', () => {
    expect(explainLayer({ ...layer, settlement: 'budget' })).toContain('not settled, budget ran out');
    const times = layer.times.map((entry) => ({ ...entry, rounds: 0 }));
    expect(explainLayer({ ...layer, times })).toContain('expected 1.00 ms');
  });

  it('gives every refusal where only the reference is left', () => {
    const refused = [
      { algorithm: 'sets', reason: 'too deep' },
      { algorithm: 'dense', reason: 'too wide' },
    ];
    const last = { ...layer, algorithm: 'reference', parameters: {}, times: [], guard: null, refused };
    expect(explainLayer(last)).toBe(
      '/conv1/Conv: reference, because every other algorithm refuses (sets: too deep; dense: too wide).',
    );
  });

  it('is one line', () => expect(explainLayer(layer)).not.toContain('\n'));
});

describe('agreement', () => {
  it('is by the time of the choices', () => {
    const times = (ms: number) => layer.times.map((entry) => ({ ...entry, median: ms }));
    const layers = [
      { ...layer, name: 'a', times: times(6) },
      { ...layer, name: 'b', times: times(3) },
      { ...layer, name: 'c', times: times(1) },
    ];
    const other = [
      { ...layers[0]!, parameters: { p: 5, q: 0 } },
      layers[1]!,
      { ...layers[2]!, algorithm: 'dense', parameters: {} },
    ];
    expect(agreement({ ...plan, layers }, { ...plan, layers: other })).toEqual({
      algorithm: 0.9,
      parameters: 0.3,
    });
    expect(agreement(plan, plan)).toEqual({ algorithm: 1, parameters: 1 });
  });
});
