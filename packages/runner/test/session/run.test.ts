import { addonPath } from '@zeroskip/kernels';
import { float32ToFloat16 } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import { float32, int64, io, type ModelParts, model, node, valueInfo } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { traced } from '../support/run.ts';
import { bytes, create, image, random } from './network.ts';

describe('a run', () => {
  it('computes only the outputs that are fetched', async () => {
    await using session = await create();
    expect(Object.keys(await session.run({ image }))).toEqual(['scores', 'features']);
    expect(Object.keys(await session.run({ image }, ['features']))).toEqual(['features']);
    const { layers } = await traced(session, { image }, { features: null });
    expect(layers.map(({ opType }) => opType)).not.toContain('Gemm');
  });

  it('fills a tensor given for an output', async () => {
    await using session = await create();
    const target = float32([1, 5]);
    const { scores } = await session.run({ image }, { scores: target });
    expect(scores).toBe(target);
    const fresh = await session.run({ image }, ['scores']);
    expect([...target.data]).toEqual([...fresh.scores!.data]);
    await expect(session.run({ image }, { scores: float32([5]) })).rejects.toThrow(code('ERR_INVALID_SHAPE'));
  });

  it.each<[string, (session: InferenceSession) => Promise<unknown>, string]>([
    ['no feeds', (session) => session.run({}), 'ERR_INVALID_ARGUMENT'],
    ['null for feeds', (session) => session.run(null as never), 'ERR_INVALID_TYPE'],
    ['an unknown feed', (session) => session.run({ image, mask: image }), 'ERR_INVALID_ARGUMENT'],
    ['an array for a tensor', (session) => session.run({ image: image.data as never }), 'ERR_INVALID_TYPE'],
    [
      'a feed of another type',
      (session) => session.run({ image: int64([1], [1, 1, 1, 1]) }),
      'ERR_INVALID_TYPE',
    ],
    ['a feed of another rank', (session) => session.run({ image: float32([3, 4, 4]) }), 'ERR_INVALID_SHAPE'],
    ['a feed of other dims', (session) => session.run({ image: float32([1, 4, 4, 4]) }), 'ERR_INVALID_SHAPE'],
    ['an unknown fetch', (session) => session.run({ image }, ['nothing']), 'ERR_INVALID_ARGUMENT'],
    ['no fetches', (session) => session.run({ image }, []), 'ERR_INVALID_ARGUMENT'],
    [
      'an unknown option',
      (session) => session.run({ image }, { logLevel: 1 } as never),
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'a signal that is none',
      (session) => session.run({ image }, { signal: 1 } as never),
      'ERR_INVALID_TYPE',
    ],
  ])('with %s is refused', async (_what, run, expected) => {
    await using session = await create();
    await expect(run(session)).rejects.toThrow(code(expected));
  });

  it('takes a scalar under dims of one element, and no more elements', async () => {
    const negated = model({
      nodes: [node('Neg', ['x'], ['y'])],
      inputs: [valueInfo('x', 'float32', [])],
      outputs: [valueInfo('y', 'float32', [])],
    });
    await using session = await InferenceSession.create(negated);
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(3), [1]) });
    expect([y!.dims, [...y!.data]]).toEqual([[], [-3]]);
    const two = new Tensor('float32', Float32Array.of(3, 4), [2]);
    await expect(session.run({ x: two })).rejects.toThrow(code('ERR_INVALID_SHAPE'));
  });

  it('with a tensor whose buffer was transferred is refused', async () => {
    await using session = await create();
    const gone = random([1, 3, 4, 4], 6);
    structuredClone(gone.data.buffer, { transfer: [gone.data.buffer as ArrayBuffer] });
    await expect(session.run({ image: gone })).rejects.toThrow(code('ERR_INVALID_SHAPE'));
  });

  it('with a tensor whose buffer is transferred or shrinks before it is copied is refused', async () => {
    const dims = [1, 3, 1024, 1024];
    const bytes = 3 * 1024 * 1024 * 4;
    await using session = await create();
    const transferred = new Tensor('float32', new Float32Array(bytes / 4), dims);
    const first = session.run({ image: transferred });
    structuredClone(transferred.data.buffer, { transfer: [transferred.data.buffer as ArrayBuffer] });
    await expect(first).rejects.toThrow(code('ERR_INVALID_SHAPE'));

    const Resizable = ArrayBuffer as unknown as new (
      size: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(size: number): void };
    const buffer = new Resizable(bytes, { maxByteLength: bytes });
    const shrinking = new Tensor('float32', new Float32Array(buffer), dims);
    const second = session.run({ image: shrinking });
    buffer.resize(64);
    await expect(second).rejects.toThrow(code('ERR_INVALID_SHAPE'));
    await session.run({ image });
  });

  it('takes channels-last feeds and half precision', async () => {
    await using session = await create();
    const { scores } = await session.run({ image });
    const last = await session.run({ image: image.toLayout('NHWC') });
    expect([...last.scores!.data]).toEqual([...scores!.data]);
    const half = model({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [valueInfo('x', 'float16', [3])],
      outputs: [valueInfo('y', 'float16', [3])],
    });
    await using halfSession = await InferenceSession.create(half);
    const x = new Tensor('float16', float32ToFloat16(new Float32Array([-1, 0.5, 65504])), [3]);
    const { y } = await halfSession.run({ x });
    expect([y!.type, ...y!.data]).toEqual(['float16', 0, 0x3800, 0x7bff]);
  });

  it('requires equal symbols to stand for equal dims', async () => {
    const parts: ModelParts = {
      nodes: [node('Add', ['a', 'b'], ['y'])],
      ...io({ a: ['N'], b: ['N'] }, { y: ['N'] }),
    };
    await using session = await InferenceSession.create(model(parts));
    await expect(session.run({ a: float32([3]), b: float32([1]) })).rejects.toThrow(
      code('ERR_INVALID_SHAPE'),
    );
  });

  it('gives the right answer for every input shape, more of them than are kept', async () => {
    await using session = await create({ intraOpNumThreads: 2 });
    for (const round of [0, 1]) {
      for (const [n, h, w] of [
        [1, 5, 5],
        [2, 6, 4],
        [1, 13, 17],
        [3, 3, 3],
        [1, 1, 1],
        [1, 20, 3],
      ] as const) {
        const feed = random([n, 3, h, w], n * h * w + round);
        const results = await session.run({ image: feed });
        const expected = onMainThread(bytes, { image: feed });
        for (const [name, tensor] of Object.entries(expected)) {
          expect(firstDifference(results[name]!, tensor, 1e-4, 1e-5)).toBeUndefined();
        }
      }
    }
  });

  it('compiles anew when a fed value decides a shape', async () => {
    const parts: ModelParts = {
      nodes: [node('Relu', ['x'], ['r']), node('Reshape', ['r', 'dims'], ['y'])],
      inputs: [valueInfo('x', 'float32', [2, 6]), valueInfo('dims', 'int64', [2])],
      outputs: [valueInfo('y', 'float32', ['a', 'b'])],
    };
    await using session = await InferenceSession.create(model(parts));
    for (const dims of [
      [3, 4],
      [12, 1],
      [4, 3],
    ]) {
      const { y } = await session.run({ x: random([2, 6], 7), dims: int64(dims) });
      expect(y!.dims).toEqual(dims);
    }
  });

  it('gives integers in a buffer of their own', async () => {
    const parts: ModelParts = {
      nodes: [node('QuantizeLinear', ['x', 'scale', 'zero'], ['y'])],
      inputs: [valueInfo('x', 'float32', [1, 3, 3, 5])],
      outputs: [valueInfo('y', 'uint8', [1, 3, 3, 5])],
      constants: { scale: float32([], [0.1]), zero: new Tensor('uint8', [128], []) },
    };
    await using session = await InferenceSession.create(model(parts));
    const { y } = await session.run({ x: random([1, 3, 3, 5], 7) });
    expect(y!.data).toHaveLength(45);
    expect(y!.data.buffer.byteLength).toBe(45);
  });

  it('gives the same bits for any number of threads and from run to run', async () => {
    const bits: string[] = [];
    for (const intraOpNumThreads of [1, 2, 3]) {
      await using session = await create({ intraOpNumThreads });
      for (let i = 0; i < 2; i++)
        bits.push(
          Object.values(await session.run({ image }))
            .map(({ data }) => data.join())
            .join(),
        );
    }
    expect(new Set(bits).size).toBe(1);
  });

  it('may overlap with others, of the same and of other shapes', async () => {
    await using session = await create();
    const large = random([1, 3, 200, 200], 7);
    const feeds = [large, image, random([1, 3, 213, 117], 8), random([2, 3, 105, 105], 9), large];
    const alone: number[][] = [];
    for (const feed of feeds)
      alone.push([...((await session.run({ image: feed })).scores!.data as Float32Array)]);
    const together = await Promise.all(feeds.map((feed) => session.run({ image: feed })));
    expect(together.map(({ scores }) => [...(scores!.data as Float32Array)])).toEqual(alone);
  });

  it('ends with the reason of its signal, and leaves the session usable', async () => {
    await using session = await create();
    const reason = new Error('enough');
    await expect(session.run({ image }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const aborted = session.run({ image }, { signal: controller.signal });
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect((await session.run({ image })).scores!.dims).toEqual([1, 5]);
  });

  // WebAssembly without threads has turns of 16 ms.
  const hasThreads = !/zeroskip(-relaxed)?\.wasm$/.test(addonPath());
  it.runIf(hasThreads)('leaves the main thread free', async () => {
    await using session = await create({ intraOpNumThreads: 1 });
    const large = random([1, 3, 800, 800], 10);
    await session.run({ image: large });
    let turns = 0;
    const running = session.run({ image: large }).then(() => 'done');
    while (
      (await Promise.race([running, new Promise((resolve) => setImmediate(() => resolve('turn')))])) ===
      'turn'
    )
      turns++;
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a run that blocks', () => {
  const numbers = ({ scores }: Record<string, Tensor>) => [...(scores!.data as Float32Array)];

  it('has the results of another, for every input shape, traced or not', async () => {
    for (const intraOpNumThreads of [1, 2]) {
      await using session = await create({ intraOpNumThreads });
      for (const dims of [[1, 3, 5, 5], image.dims, [2, 3, 105, 105], [1, 3, 5, 5]]) {
        const feed = random(dims, 11);
        const blocked = session.runSync({ image: feed });
        expect(numbers(blocked)).toEqual(numbers(await session.run({ image: feed })));
      }
      const target = float32([1, 5]);
      let layers = 0;
      const trace = (all: readonly unknown[]) => {
        layers = all.length;
      };
      expect(session.runSync({ image }, { scores: target }, { trace })).toEqual({ scores: target });
      expect(numbers({ scores: target })).toEqual(numbers(await session.run({ image })));
      expect(layers).toBeGreaterThan(2);
    }
  });

  it('may come while others run, of a shape that is still compiled for, and before them', async () => {
    await using session = await create();
    const [large, other] = [random([1, 3, 200, 200], 7), random([1, 3, 90, 120], 8)];
    const running = [large, other, large].map((feed) => session.run({ image: feed }));
    const blocked = [large, other, image].map((feed) => session.runSync({ image: feed }));
    const alone = await Promise.all([large, other, image].map((feed) => session.run({ image: feed })));
    expect(blocked.map(numbers)).toEqual(alone.map(numbers));
    const ran = (await Promise.all(running)).map(numbers);
    expect(ran).toEqual([large, other, large].map((feed) => numbers(session.runSync({ image: feed }))));
  });

  it('throws what another rejects with', async () => {
    const session = await create();
    expect(() => session.runSync({ image: float32([3, 4, 4]) })).toThrow(code('ERR_INVALID_SHAPE'));
    expect(() => session.runSync({ image }, ['nothing'])).toThrow(code('ERR_INVALID_ARGUMENT'));
    const reason = new Error('enough');
    expect(() => session.runSync({ image }, { signal: AbortSignal.abort(reason) })).toThrow(reason);
    expect(session.runSync({ image }).scores!.dims).toEqual([1, 5]);
    await session.release();
    expect(() => session.runSync({ image })).toThrow(code('ERR_RELEASED'));
  });
});

describe('release', () => {
  it('waits for runs in flight, refuses later ones, and may be repeated', async () => {
    const session = await create();
    const running = session.run({ image: random([1, 3, 200, 200], 10) });
    const released = session.release();
    expect((await running).scores!.dims).toEqual([1, 5]);
    await released;
    await expect(session.run({ image })).rejects.toThrow(code('ERR_RELEASED'));
    await expect(session.probe({ image }, () => {})).rejects.toThrow(code('ERR_RELEASED'));
    await session.release();
  });
});
