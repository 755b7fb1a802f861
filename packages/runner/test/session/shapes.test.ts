import { loadAddon } from '@zeroskip/kernels';
import { Tensor } from '@zeroskip/tensor';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InferenceSession, type SessionOptions } from '../../src/index.ts';
import { float32, int64, io, type ModelParts, model, node, valueInfo } from '../support/onnx.ts';
import { create, image, random } from './network.ts';

const kinds = ['Convolution', 'Constants', 'Program', 'Arena'] as const;
type Kind = (typeof kinds)[number];

/** How many native objects were made, and how many of them are not released, since the test began. */
const made = (kind: Kind) => vi.mocked(loadAddon()[`create${kind}`]).mock.calls.length;
const live = (kind: Kind) => made(kind) - vi.mocked(loadAddon()[`release${kind}`]).mock.calls.length;

beforeEach(() => {
  for (const kind of kinds) {
    vi.spyOn(loadAddon(), `create${kind}`);
    vi.spyOn(loadAddon(), `release${kind}`);
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

const sized = (h: number, w: number, n = 1) => random([n, 3, h, w], h * 1000 + w);
const bits = (results: Readonly<Record<string, Tensor>>) =>
  Object.entries(results).map(([name, { data, dims }]) => `${name} [${dims}] ${data}`);

async function alone(feed: Tensor, options: SessionOptions = {}) {
  await using session = await create({ intraOpNumThreads: 1, ...options });
  return bits(await session.run({ image: feed }));
}

describe('input shapes', () => {
  it('share packed weights, also where none stays compiled', async () => {
    await using session = await create({ algorithm: 'direct', shapeCacheBytes: 0 });
    for (let w = 3; w < 20; w++) await session.run({ image: sized(5, w) });
    expect(made('Convolution')).toBe(3);
    expect(made('Program')).toBe(17);
  });

  it('share constants and one arena', async () => {
    const parts: ModelParts = {
      nodes: [node('Add', ['x', 'c'], ['y'])],
      ...io({ x: ['N', 4, 'H', 'W'] }, { y: ['N', 4, 'H', 'W'] }),
      constants: { c: random([4, 1, 1], 3, 1) },
    };
    await using session = await InferenceSession.create(model(parts));
    for (const w of [9, 3, 7, 2]) await session.run({ x: random([1, 4, 3, w], w) });
    expect(made('Constants')).toBe(1);
    expect(vi.mocked(loadAddon().createProgram).mock.calls.map(([, , own]) => own.length)).toEqual([
      0, 0, 0, 0,
    ]);
    expect(made('Arena')).toBe(1);
  });

  it('500 in a row have the results that each has alone, and leave nothing behind', async () => {
    const session = await create({ intraOpNumThreads: 1, shapeCacheBytes: 50_000 });
    const shapes = Array.from({ length: 500 }, (_, i) => [1 + (i % 20), 1 + Math.floor(i / 20)] as const);
    const most = { programs: 0, arenas: 0 };
    for (const [i, [h, w]] of shapes.entries()) {
      const results = bits(await session.run({ image: sized(h, w) }));
      most.programs = Math.max(most.programs, live('Program'));
      most.arenas = Math.max(most.arenas, live('Arena'));
      if (i % 50 === 49) expect(results).toEqual(await alone(sized(h, w)));
    }
    expect(made('Program')).toBeGreaterThanOrEqual(500);
    expect(most.programs).toBeLessThan(10);
    expect(most.arenas).toBe(1);
    await session.release();
    for (const kind of kinds) expect(live(kind)).toBe(0);
  });

  it('have the same results in any order', async () => {
    const feeds = [sized(40, 60), sized(3, 3), sized(7, 90, 2), sized(1, 1), sized(64, 64)];
    const inOrder = async (order: readonly number[]) => {
      await using session = await create();
      const results: string[][] = [];
      for (const i of order) results[i] = bits(await session.run({ image: feeds[i]! }));
      return results;
    };
    expect(await inOrder([4, 2, 0, 3, 1])).toEqual(await inOrder([0, 1, 2, 3, 4]));
  });

  it('leave nothing in the arena that others read', async () => {
    await using session = await create();
    const feed = sized(9, 11);
    await session.run({
      image: new Tensor('float32', new Float32Array(3 * 40 * 40).fill(Number.NaN), [1, 3, 40, 40]),
    });
    expect(bits(await session.run({ image: feed }))).toEqual(await alone(feed));
  });

  it('that change how a convolution pads have weights packed for each of them', async () => {
    const parts: ModelParts = {
      nodes: [node('Conv', ['x', 'w'], ['y'], { auto_pad: 'SAME_UPPER', strides: [2, 2] })],
      ...io({ x: [1, 3, 'H', 'W'] }, { y: [1, 4, 'h', 'w'] }),
      constants: { w: random([4, 3, 3, 3], 1, 1) },
    };
    await using session = await InferenceSession.create(model(parts), { algorithm: 'direct' });
    for (const size of [5, 6, 7, 8]) {
      const { y } = await session.run({ x: random([1, 3, size, size], size) });
      expect(y!.dims).toEqual([1, 4, Math.ceil(size / 2), Math.ceil(size / 2)]);
    }
    expect(made('Convolution')).toBe(2);
  });

  it('that fed values decide share packed weights, too', async () => {
    const parts: ModelParts = {
      nodes: [node('Conv', ['x', 'w'], ['c']), node('Reshape', ['c', 'dims'], ['y'])],
      inputs: [valueInfo('x', 'float32', [1, 3, 2, 3]), valueInfo('dims', 'int64', [2])],
      outputs: [valueInfo('y', 'float32', ['a', 'b'])],
      constants: { w: random([4, 3, 1, 1], 1, 1) },
    };
    await using session = await InferenceSession.create(model(parts));
    for (const dims of [
      [3, 8],
      [24, 1],
      [4, 6],
    ]) {
      const { y } = await session.run({ x: random([1, 3, 2, 3], 7), dims: int64(dims) });
      expect(y!.dims).toEqual(dims);
    }
    expect(made('Convolution')).toBe(1);
  });

  it('that make weights anew have them packed anew, and released', async () => {
    const parts: ModelParts = {
      nodes: [node('Expand', ['one', 'dims'], ['w']), node('Conv', ['x', 'w'], ['y'])],
      inputs: [valueInfo('x', 'float32', [1, 2, 4, 4]), valueInfo('dims', 'int64', [4])],
      outputs: [valueInfo('y', 'float32', [1, 'C', 'H', 'W'])],
      constants: { one: new Tensor('float32', Float32Array.of(1), [1]) },
    };
    await using session = await InferenceSession.create(model(parts), { shapeCacheBytes: 0 });
    const x = random([1, 2, 4, 4], 7, 1);
    for (const dims of [
      [1, 2, 1, 1],
      [3, 2, 3, 3],
      [1, 2, 1, 1],
    ]) {
      const { y } = await session.run({ x, dims: int64(dims) });
      expect(y!.dims).toEqual([1, dims[0], 5 - dims[2]!, 5 - dims[3]!]);
    }
    expect(made('Convolution')).toBe(3);
    expect(live('Convolution')).toBe(1);
  });

  it.each(['Mul', 'Div'])('that make weights anew keep what %s folds into them apart', async (opType) => {
    const parts: ModelParts = {
      nodes: [
        node('Shape', ['x'], ['s'], { start: 3 }),
        node('Cast', ['s'], ['f'], { to: 1 }),
        node('Reshape', ['f', 'point'], ['w']),
        node('Conv', ['x', 'w'], ['c']),
        node(opType, ['c', 'half'], ['y']),
      ],
      ...io({ x: [1, 1, 1, 'W'] }, { y: [1, 1, 1, 'W'] }),
      constants: { point: int64([1, 1, 1, 1]), half: float32([], [0.5]) },
    };
    await using session = await InferenceSession.create(model(parts));
    const factor = opType === 'Mul' ? 0.5 : 2;
    for (const w of [2, 3, 5, 2]) {
      const x = new Tensor('float32', new Float32Array(w).fill(1), [1, 1, 1, w]);
      const { y } = await session.run({ x });
      expect([...y!.data]).toEqual(new Array(w).fill(w * factor));
    }
  });

  it('are dropped while others run, those in use when their runs have ended', async () => {
    const session = await create({ intraOpNumThreads: 1, shapeCacheBytes: 0 });
    const feeds = [sized(40, 60), sized(3, 3), sized(7, 90), sized(40, 60), sized(20, 20)];
    const together = await Promise.all(feeds.map((feed) => session.run({ image: feed })));
    expect(live('Program')).toBe(1);
    for (const [i, feed] of feeds.entries()) expect(bits(together[i]!)).toEqual(await alone(feed));
    await session.release();
    expect(live('Program')).toBe(0);
  });

  it('that are being compiled end normally when the session is released', async () => {
    const session = await create({ intraOpNumThreads: 1 });
    const running = session.run({ image });
    await session.release();
    for (const kind of kinds) expect(live(kind)).toBe(0);
    expect((await running).scores!.dims).toEqual([1, 5]);
  });

  it('that cannot be compiled are tried again, and hold nothing', async () => {
    await using session = await create({ limits: { maxRunBytes: 20_000 } });
    const large = sized(60, 60);
    for (let i = 0; i < 2; i++) await expect(session.run({ image: large })).rejects.toThrow(/at most 20000/);
    expect(live('Program')).toBe(0);
    expect(bits(await session.run({ image: sized(3, 3) }))).toEqual(await alone(sized(3, 3)));
  });

  it('are refused a cache that is no number of bytes', async () => {
    await expect(create({ shapeCacheBytes: -1 })).rejects.toThrow(
      /an integer of at least 0 for shapeCacheBytes/,
    );
  });
});
