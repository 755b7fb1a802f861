import { describe, expect, it } from 'vitest';
import {
  type CalibrationInput,
  type Config,
  configKey,
  type Objective,
  parsePlan,
  readState,
  type SelectProgress,
  type SelectState,
  select,
} from '../src/index.ts';
import { accepting, dense, descriptors, machine, madeUpLayer, overlap, sets, sha256 } from './fixtures.ts';

type Layer = ReturnType<typeof madeUpLayer>;

function input(...layers: { layer: Layer; ms?: number; density?: number }[]): CalibrationInput {
  return {
    id: layers.map(({ layer }) => layer.name).join(),
    profile: async () =>
      layers.map(({ layer, ms = 1, density = 0.5 }) => ({ name: layer.name, ms, density })),
    visit: async (visit) => {
      for (const { layer } of layers) await visit(layer);
    },
  };
}

const options = { algorithms: descriptors, model: { sha256 }, machine, library: '0.0.0', now: () => 0 };
const rules = { choicesPerParameter: 2, configsPerAlgorithm: 5 };

const times: Record<string, number> = { sets: 2, overlap: 5, dense: 3 };
const byAlgorithm = ({ algorithm }: Config) => times[algorithm]!;

describe('select', () => {
  it('chooses the fastest, with runner-up, times and density', async () => {
    const layer = madeUpLayer('a', byAlgorithm);
    const plan = await select({
      ...options,
      inputs: [input({ layer, density: 0.25 })],
      rules: { ...rules, configsPerAlgorithm: 1 },
    });
    expect(plan.layers).toEqual([
      {
        name: 'a',
        ...sets(),
        runnerUp: dense,
        settlement: 'settled',
        density: { min: 0.25, max: 0.25 },
        guard: null,
        times: [
          { ...sets(), rounds: 5, median: 2, min: 2, max: 2, workspaceBytes: 0 },
          { ...dense, rounds: 5, median: 3, min: 3, max: 3, workspaceBytes: 0 },
          { ...overlap, rounds: 2, median: 5, min: 5, max: 5, workspaceBytes: 0 },
        ],
        refused: [],
      },
    ]);
  });

  it('makes a plan that its own reader accepts', async () => {
    const plan = await select({ ...options, inputs: [input({ layer: madeUpLayer('a', byAlgorithm) })] });
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it('finds better parameters than the defaults', async () => {
    const layer = madeUpLayer('a', (config) =>
      config.algorithm === 'sets' ? 4 - (config.parameters.p === 8 ? 2 : 0) : 4,
    );
    const plan = await select({ ...options, inputs: [input({ layer })], rules });
    expect(plan.layers[0]).toMatchObject(sets(8, 0));
  });

  it('names the best of another algorithm as runner-up', async () => {
    const layer = madeUpLayer('a', ({ algorithm }) => (algorithm === 'sets' ? 2 : 3));
    const plan = await select({ ...options, inputs: [input({ layer })], rules });
    expect(plan.layers[0]!.runnerUp).toEqual(overlap);
  });

  it('never times the reference', async () => {
    const layer = madeUpLayer('a', byAlgorithm);
    const plan = await select({ ...options, inputs: [input({ layer })] });
    expect(layer.asked.flatMap(({ keys }) => keys)).not.toContain('reference');
    expect(JSON.stringify(plan)).not.toContain('reference');
  });

  it('falls back to the reference, with every reason, when all others refuse', async () => {
    const verdicts = accepting.map(({ id }) =>
      id === 'reference' ? { id } : { id, refusal: `${id} does not` },
    );
    const layer = madeUpLayer('a', byAlgorithm, verdicts);
    const plan = await select({ ...options, inputs: [input({ layer })] });
    expect(plan.layers[0]).toMatchObject({
      algorithm: 'reference',
      parameters: {},
      runnerUp: null,
      times: [],
    });
    expect(plan.layers[0]!.refused).toHaveLength(3);
    expect(layer.asked).toEqual([]);
  });

  it('is an error when nothing takes a layer', async () => {
    const layer = madeUpLayer('odd', byAlgorithm, []);
    const algorithms = descriptors.slice(0, 1);
    await expect(select({ ...options, algorithms, inputs: [input({ layer })] })).rejects.toMatchObject({
      code: 'ERR_REFUSED',
      nodeName: 'odd',
    });
  });

  it('has a null runner-up when one algorithm is left', async () => {
    const layer = madeUpLayer('a', byAlgorithm, [{ id: 'dense' }, { id: 'sets', refusal: 'no' }]);
    const plan = await select({ ...options, inputs: [input({ layer })] });
    expect(plan.layers[0]).toMatchObject({
      algorithm: 'dense',
      runnerUp: null,
      refused: [{ algorithm: 'sets', reason: 'no' }],
    });
  });

  it('weighs calibration inputs by their time', async () => {
    const onFirst = madeUpLayer('a', ({ algorithm }) => (algorithm === 'dense' ? 1.2 : 1));
    const onSecond = madeUpLayer('a', ({ algorithm }) => (algorithm === 'dense' ? 10 : 12));
    const plan = await select({
      ...options,
      inputs: [input({ layer: onFirst, density: 0.1 }), input({ layer: onSecond, density: 0.9 })],
    });
    expect(plan.layers[0]).toMatchObject({ algorithm: 'dense', density: { min: 0.1, max: 0.9 } });
  });

  it('does not choose what refuses on a later input', async () => {
    const first = madeUpLayer('a', byAlgorithm);
    const second = madeUpLayer('a', byAlgorithm, [
      { id: 'sets', refusal: 'too small a map' },
      { id: 'dense' },
    ]);
    const plan = await select({ ...options, inputs: [input({ layer: first }), input({ layer: second })] });
    expect(plan.layers[0]).toMatchObject({
      algorithm: 'dense',
      refused: [{ algorithm: 'sets', reason: 'too small a map' }],
    });
  });

  it('says so when rounds run out before the decision is settled', async () => {
    const layer = madeUpLayer('a', (_, round) => 1 + (round % 3) / 5);
    const plan = await select({ ...options, inputs: [input({ layer })], rules: { ...rules, maxRounds: 8 } });
    expect(plan.layers[0]!.settlement).toBe('rounds');
    expect(Math.max(...layer.rounds.values())).toBeLessThan(11);
  });

  it('looks at every algorithm once even without any budget, and says so', async () => {
    let clock = 0;
    const layer = madeUpLayer('a', byAlgorithm);
    const plan = await select({
      ...options,
      inputs: [input({ layer })],
      budgetMs: 0,
      now: () => (clock += 1000),
    });
    expect(layer.asked).toEqual([{ keys: [sets(), overlap, dense].map(configKey), rounds: 2 }]);
    expect(plan.layers[0]).toMatchObject({ algorithm: 'sets', settlement: 'budget' });
  });

  it('shares the budget by what the layers take, and passes on what is not used', async () => {
    let clock = 0;
    const timed = (name: string, ms: number) =>
      madeUpLayer(name, (_, round) => {
        clock += ms;
        return 1 + (round % 2);
      });
    const [small, large] = [timed('small', 1), timed('large', 10)];
    await select({
      ...options,
      inputs: [input({ layer: small, ms: 1 }, { layer: large, ms: 9 })],
      budgetMs: 2000,
      now: () => clock,
      rules: { ...rules, configsPerAlgorithm: 1, maxRounds: 1000 },
    });
    const spent = (layer: Layer, ms: number) =>
      ms * [...layer.rounds.values()].reduce((sum, n) => sum + n, 0);
    expect(spent(small, 1)).toBeGreaterThanOrEqual(200);
    expect(spent(small, 1)).toBeLessThan(250);
    expect(spent(large, 10)).toBeGreaterThanOrEqual(1750);
    expect(spent(large, 10)).toBeLessThan(1900);
  });

  it('reports progress that reaches its total', async () => {
    const seen: SelectProgress[] = [];
    const inputs = [1, 2].map(() =>
      input({ layer: madeUpLayer('a', byAlgorithm), ms: 1 }, { layer: madeUpLayer('b', byAlgorithm), ms: 3 }),
    );
    await select({ ...options, inputs, onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ done }) => done)).toEqual([1, 4, 5, 8]);
    expect(seen.every(({ total }) => total === 8)).toBe(true);
  });

  it('stops between measurements when aborted', async () => {
    const controller = new AbortController();
    const layer = madeUpLayer('a', () => {
      controller.abort(new Error('enough'));
      return 1;
    });
    const selecting = select({ ...options, inputs: [input({ layer })], signal: controller.signal });
    await expect(selecting).rejects.toThrow('enough');
    expect(layer.asked).toHaveLength(1);
  });

  it('goes on where it was interrupted, and measures nothing again', async () => {
    const controller = new AbortController();
    const layers = ['a', 'b', 'c'].map((name) => madeUpLayer(name, byAlgorithm));
    const inputs = [input(...layers.map((layer) => ({ layer })))];
    let state: SelectState | undefined;
    const interrupted = select({
      ...options,
      inputs,
      signal: controller.signal,
      onCheckpoint: (known) => {
        state = readState(JSON.stringify(known()));
        if (state.studies.length === 2) controller.abort(new Error('enough'));
      },
    });
    await expect(interrupted).rejects.toThrow('enough');
    const asked = layers.map((layer) => layer.asked.length);
    const resumed = await select({ ...options, inputs, state: state! });
    expect(layers.map((layer) => layer.asked.length).slice(0, 2)).toEqual(asked.slice(0, 2));
    const fresh = ['a', 'b', 'c'].map((name) => ({ layer: madeUpLayer(name, byAlgorithm) }));
    expect(resumed).toEqual(await select({ ...options, inputs: [input(...fresh)] }));
  });

  it('refuses the state of another selection', async () => {
    let state: SelectState | undefined;
    const inputs = [input({ layer: madeUpLayer('a', byAlgorithm) })];
    await select({
      ...options,
      inputs,
      onCheckpoint: (known) => {
        state = known();
      },
    });
    for (const change of [
      { model: { sha256: 'b2'.repeat(32) } },
      { library: '9.9.9' },
      { machine: { ...machine, threads: 7 } },
      { inputs: ['others'] },
    ]) {
      await expect(select({ ...options, inputs, state: { ...state!, ...change } })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
  });

  it('meets the objective', async () => {
    const workspace: Record<string, number> = { sets: 300, overlap: 100, dense: 200 };
    const chosen = async (objective: Objective) => {
      const layer = madeUpLayer('a', byAlgorithm, accepting, ({ algorithm }) => workspace[algorithm]!);
      const plan = await select({ ...options, inputs: [input({ layer })], objective });
      expect(plan.objective).toEqual(objective);
      return plan.layers[0]!.algorithm;
    };
    expect(await chosen({ kind: 'time' })).toBe('sets');
    expect(await chosen({ kind: 'memory' })).toBe('overlap');
    expect(await chosen({ kind: 'balanced', tolerance: 0.6 })).toBe('dense');
    expect(await chosen({ kind: 'balanced', tolerance: 0.1 })).toBe('sets');
  });

  it('guards a choice that would lose without zeros', async () => {
    const layer = madeUpLayer('a', byAlgorithm);
    const guarded = (slope: number) =>
      select({
        ...options,
        inputs: [input({ layer, density: 0.5 })],
        estimate: (_, __, { density }) => 1 + slope * density,
      });
    // 2 ms at 0.5 grow to 3 ms, what "dense" takes, at 0.875.
    expect((await guarded(8)).layers[0]!.guard).toMatchObject({ ...dense });
    expect((await guarded(8)).layers[0]!.guard!.density).toBeCloseTo(0.8125, 1);
    expect((await guarded(0.5)).layers[0]!.guard).toBeNull();
    const objective = { kind: 'memory' } as const;
    const small = await select({
      ...options,
      inputs: [input({ layer, density: 0.5 })],
      objective,
      estimate: (_, __, { density }) => 1 + 8 * density,
    });
    expect(small.layers[0]!.guard).toBeNull();
  });

  it('refuses to work without inputs', async () => {
    await expect(select({ ...options, inputs: [] })).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});
