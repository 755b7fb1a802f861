import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import type { Contender } from '../../src/trial/contender.ts';
import { timeContenders, verifyContenders } from '../../src/trial/trial.ts';

const inputs = [new Tensor('float32', [1]), new Tensor('float32', [2])];

function recorded() {
  const order: string[] = [];
  const contender = (name: string, ms: number, value = 0): Contender => ({
    name,
    threads: 1,
    run: async (input) => ({ y: new Tensor('float32', [Number(input.data[0]) + value]) }),
    time: async (input) => {
      order.push(`${name}${input.data[0]}`);
      return { ms };
    },
    release: async () => {},
  });
  return { order, contender };
}

describe('timeContenders', () => {
  it('takes turns, and lets each be first', async () => {
    const { order, contender } = recorded();
    await timeContenders([contender('a', 1), contender('b', 2)], inputs, { runs: 2 }, () => {});
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'b1', 'a1', 'b2', 'a2']);
  });

  it('keeps every raw sample', async () => {
    const { contender } = recorded();
    const samples = await timeContenders(
      [contender('a', 1), contender('b', 2)],
      inputs,
      { runs: 3 },
      () => {},
    );
    expect(samples.map(({ name, samplesMs }) => [name, samplesMs])).toEqual([
      ['a', [1, 1, 1, 1, 1, 1]],
      ['b', [2, 2, 2, 2, 2, 2]],
    ]);
  });

  it('reports progress up to the total', async () => {
    const { contender } = recorded();
    const seen: number[] = [];
    await timeContenders([contender('a', 1)], inputs, { runs: 2 }, (done, total) => seen.push(done / total));
    expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it('goes on until each contender was timed for long enough', async () => {
    const { contender } = recorded();
    const both = [contender('a', 100), contender('b', 3)];
    const seen: number[] = [];
    const samples = await timeContenders(both, inputs, { runs: 1, minTimeMs: 13 }, (done, total) =>
      seen.push(done / total),
    );
    expect(samples.map(({ samplesMs }) => samplesMs.length)).toEqual([6, 6]);
    expect(Math.max(...seen)).toBe(1);
  });

  it('keeps what was timed when it is ended early', async () => {
    const { order, contender } = recorded();
    const controller = new AbortController();
    const limits = { runs: 5, signal: controller.signal };
    const stop = (done: number) => done === 5 && controller.abort();
    const samples = await timeContenders([contender('a', 1), contender('b', 2)], inputs, limits, stop);
    expect(order).toHaveLength(5);
    expect(samples.map(({ samplesMs }) => samplesMs.length)).toEqual([2, 3]);
  });

  it('fails when it is ended before each has a sample', async () => {
    const { contender } = recorded();
    const limits = { runs: 1, signal: AbortSignal.abort(new Error('enough')) };
    await expect(timeContenders([contender('a', 1)], inputs, limits, () => {})).rejects.toThrow('enough');
  });
});

describe('verifyContenders', () => {
  const on = (tolerance: number) => ({ inputs, outputNames: ['y'], tolerance });

  it('compares each contender with the baseline, on every input', async () => {
    const { contender } = recorded();
    const [a, b] = [contender('a', 1, 0.5), contender('b', 1)];
    const found = await verifyContenders([a, b], b, on(1), () => {});
    expect(found).toEqual([
      { output: 'y', contender: 'a', against: 'b', maxAbsDiff: 0.5, maxAbs: 1, limit: 1 },
    ]);
  });

  it('refuses contenders that differ', async () => {
    const { contender } = recorded();
    const [a, b] = [contender('a', 1, 0.5), contender('b', 1)];
    await expect(verifyContenders([a, b], b, on(1e-3), () => {})).rejects.toMatchObject({
      code: 'ERR_VERIFICATION',
    });
  });

  it('goes on where only a contender differs that may', async () => {
    const { contender } = recorded();
    const [a, b] = [contender('a', 1, 0.5), contender('b', 1)];
    const run = (name: string) =>
      verifyContenders([a], b, { ...on(1e-3), mayBeOff: (contender) => contender === name }, () => {});
    expect(await run('a')).toMatchObject([{ contender: 'a', against: 'b', maxAbsDiff: 0.5 }]);
    await expect(run('b')).rejects.toMatchObject({ code: 'ERR_VERIFICATION' });
  });

  it('says whose results are off, by sums in double precision, where they differ', async () => {
    const { contender } = recorded();
    const [ours, theirs] = [contender('ours', 1, 0.001), contender('theirs', 1, 0.5)];
    let [opened, released] = [0, 0];
    const openExact = async () => {
      opened++;
      return { ...contender('exact', 1), release: async () => void released++ };
    };
    const verified = (tolerance: number) =>
      verifyContenders([ours, theirs], theirs, { ...on(tolerance), openExact }, () => {});
    await expect(verified(1e-2)).rejects.toThrow(
      /nothing was timed\. From our network with sums in double precision differ: theirs by 0\.500 on "y", ours by 0\.00100 on "y"\.$/,
    );
    expect([opened, released]).toEqual([1, 1]);
    await verified(1);
    expect(opened).toBe(1);
  });

  it('has nothing to compare when the baseline is alone', async () => {
    const { contender } = recorded();
    const only = contender('a', 1);
    expect(await verifyContenders([only], only, on(1e-3), () => {})).toEqual([]);
  });
});
