import { describe, expect, it } from 'vitest';
import { type CalibrationInput, estimatePlan, parsePlan, type Verdict } from '../src/index.ts';
import { accepting, dense, descriptors, machine, madeUpLayer, overlap, sets, sha256 } from './fixtures.ts';

const options = { algorithms: descriptors, model: { sha256 }, machine, library: '0.0.0' };

function inputOf(...verdicts: (readonly Verdict[])[]): { input: CalibrationInput; asked: () => number } {
  const layers = verdicts.map((verdict, i) => madeUpLayer(`layer ${i}`, () => 1, verdict));
  return {
    asked: () => layers.reduce((sum, { asked }) => sum + asked.length, 0),
    input: {
      id: 'made up',
      profile: async () => {
        throw new Error('not needed');
      },
      visit: async (visit) => {
        for (const layer of layers) await visit(layer);
      },
    },
  };
}

const expected: Record<string, number> = { sets: 2, overlap: 3, dense: 4 };

describe('estimatePlan', () => {
  it('chooses what is expected to be the fastest, from the real map, and times nothing', async () => {
    const { input, asked } = inputOf(accepting);
    const seen: unknown[] = [];
    const plan = await estimatePlan({
      ...options,
      inputs: [input, input],
      estimate: ({ inputDims }, id, map) => {
        seen.push({ inputDims, ...map });
        return expected[id]!;
      },
    });
    expect(asked()).toBe(0);
    // One of eight values, in one of two sets of four.
    expect(seen[0]).toEqual({ inputDims: [1, 1, 2, 4], density: 0.125, sets: 0.5 });
    const none = { rounds: 0, workspaceBytes: null };
    expect(plan.layers).toEqual([
      {
        name: 'layer 0',
        ...sets(),
        runnerUp: overlap,
        settlement: 'estimated',
        density: { min: 0.125, max: 0.125 },
        guard: null,
        times: [
          { ...sets(), ...none, median: 2, min: 2, max: 2 },
          { ...overlap, ...none, median: 3, min: 3, max: 3 },
          { ...dense, ...none, median: 4, min: 4, max: 4 },
        ],
        refused: [],
      },
    ]);
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it('leaves out what refuses, and takes the reference when all do', async () => {
    const refusing = accepting.map(({ id }) => (id === 'reference' ? { id } : { id, refusal: 'no' }));
    const { input } = inputOf([{ id: 'sets', refusal: 'no' }, ...accepting.slice(1)], refusing);
    const plan = await estimatePlan({ ...options, inputs: [input], estimate: (_, id) => expected[id]! });
    expect(plan.layers.map(({ algorithm, runnerUp }) => [algorithm, runnerUp?.algorithm])).toEqual([
      ['overlap', 'dense'],
      ['reference', undefined],
    ]);
    expect(plan.layers[0]!.refused).toEqual([{ algorithm: 'sets', reason: 'no' }]);
  });

  it('stops when aborted, and refuses to work without inputs', async () => {
    const { input } = inputOf(accepting);
    const signal = AbortSignal.abort(new Error('enough'));
    const estimate = () => 1;
    await expect(estimatePlan({ ...options, inputs: [input], estimate, signal })).rejects.toThrow('enough');
    await expect(estimatePlan({ ...options, inputs: [], estimate })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  });
});
