import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { algorithms } from '@zeroskip/kernels';
import type { Plan, PlanLayer } from '@zeroskip/selector';
import { float32ToFloat16 } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  InferenceSession,
  isConvolutionTrace,
  type LayerTrace,
  type LoadProgress,
  type SessionOptions,
  Tensor,
} from '../src/index.ts';
import { firstDifference } from './compare.ts';
import { onMainThread } from './on-main-thread.ts';
import { float32, int64, type ModelParts, model, node, valueInfo } from './onnx.ts';

const random = (dims: readonly number[], seed: number, density = 0.5) =>
  float32(
    dims,
    sparseValues(
      dims.reduce((size, dim) => size * dim, 1),
      density,
      seed,
    ),
  );

/** Two convolutions with ReLU, a pooling and a classifier, for any batch, height and width. */
const network: ModelParts = {
  nodes: [
    node('Conv', ['image', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, 'first'),
    node('Relu', ['c1'], ['r1']),
    node('Conv', ['r1', 'w2'], ['features'], { pads: [1, 1, 1, 1] }, 'second'),
    node('Relu', ['features'], ['r2']),
    node('GlobalAveragePool', ['r2'], ['pooled']),
    node('Flatten', ['pooled'], ['flat']),
    node('Gemm', ['flat', 'w3'], ['scores'], {}, 'scores'),
  ],
  inputs: [valueInfo('image', 'float32', ['N', 3, 'H', 'W'])],
  outputs: [valueInfo('scores', 'float32', ['N', 5]), valueInfo('features', 'float32', ['N', 20, 'H', 'W'])],
  constants: {
    w1: random([18, 3, 3, 3], 1, 1),
    b1: random([18], 2),
    w2: random([20, 18, 3, 3], 3, 1),
    w3: random([20, 5], 4, 1),
  },
};
const bytes = model(network);
const image = random([1, 3, 13, 17], 5);

const create = (options?: SessionOptions) => InferenceSession.create(bytes, options);
const code = (name: string, details: object = {}) => expect.objectContaining({ code: name, ...details });

async function traceOf(session: InferenceSession, feed = image): Promise<LayerTrace[]> {
  let layers: LayerTrace[] = [];
  await session.run(
    { image: feed },
    {
      trace: (traced) => {
        layers = traced;
      },
    },
  );
  return layers;
}

describe('loading', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zeroskip-session-'));
    writeFileSync(join(folder, 'model.onnx'), bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('takes a path, bytes at any offset, an ArrayBuffer and a SharedArrayBuffer', async () => {
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    const shifted = new Uint8Array(bytes.length + 1).subarray(1);
    shifted.set(bytes);
    const models = [
      join(folder, 'model.onnx'),
      bytes,
      shifted,
      Buffer.from(bytes),
      bytes.slice().buffer,
      shared,
    ];
    const expected = onMainThread(bytes, { image });
    for (const each of models) {
      await using session = await InferenceSession.create(each);
      const { scores } = await session.run({ image });
      expect(firstDifference(scores!, expected.scores!, 1e-4, 1e-5)).toBeUndefined();
    }
  });

  it('says what the network takes and gives', async () => {
    await using session = await create();
    expect(session.inputNames).toEqual(['image']);
    expect(session.outputNames).toEqual(['scores', 'features']);
    expect(session.inputMetadata).toEqual([
      { name: 'image', isTensor: true, type: 'float32', shape: ['N', 3, 'H', 'W'] },
    ]);
    expect(session.outputMetadata[0]!.shape).toEqual(['N', 5]);
    expect(session.nodes.map(({ name, opType }) => `${name} ${opType}`)).toEqual([
      'first Conv',
      'r1 Relu',
      'second Conv',
      'r2 Relu',
      'pooled GlobalAveragePool',
      'flat Flatten',
      'scores Gemm',
    ]);
    expect(session.nodes[0]).toMatchObject({ inputs: ['image', 'w1', 'b1'], outputs: ['c1'] });
  });

  it('reports its progress', async () => {
    const fixed = model({ ...network, inputs: [valueInfo('image', 'float32', [1, 3, 8, 8])] });
    writeFileSync(join(folder, 'fixed.onnx'), fixed);
    const reports: LoadProgress[] = [];
    await using session = await InferenceSession.create(join(folder, 'fixed.onnx'), {
      onProgress: (progress) => reports.push(progress),
    });
    expect(session.inputNames).toEqual(['image']);
    expect(reports).toEqual([
      { stage: 'read', done: fixed.length, total: fixed.length },
      ...[1, 2, 3].map((done) => ({ stage: 'prepare', done, total: 3 })),
    ]);
  });

  it('refuses a missing file, a folder, and what is no model', async () => {
    await expect(InferenceSession.create(join(folder, 'none.onnx'))).rejects.toThrow(code('ERR_FILE'));
    await expect(InferenceSession.create(folder)).rejects.toThrow(code('ERR_FILE'));
    await expect(InferenceSession.create(42 as never)).rejects.toThrow(code('ERR_INVALID_TYPE'));
  });

  it.each<[string, unknown, string]>([
    ['unknown options', { executionProviders: ['cpu'] }, 'ERR_INVALID_ARGUMENT'],
    ['no threads', { intraOpNumThreads: 0 }, 'ERR_INVALID_ARGUMENT'],
    ['half a thread', { intraOpNumThreads: 0.5 }, 'ERR_INVALID_ARGUMENT'],
    ['an unknown algorithm', { algorithm: 'magic' }, 'ERR_UNKNOWN_ALGORITHM'],
    ['a plan that is none', { plan: { version: 1 } }, 'ERR_INVALID_PLAN'],
    ['an unknown limit', { limits: { maxFun: 1 } }, 'ERR_INVALID_ARGUMENT'],
    ['a limit of 0', { limits: { maxNodes: 0 } }, 'ERR_INVALID_ARGUMENT'],
    ['a progress report that is no function', { onProgress: 1 }, 'ERR_INVALID_TYPE'],
  ])('refuses %s', async (_what, options, expected) => {
    await expect(create(options as SessionOptions)).rejects.toThrow(code(expected));
  });
});

describe('a run', () => {
  it('computes only the outputs that are fetched', async () => {
    await using session = await create();
    expect(Object.keys(await session.run({ image }))).toEqual(['scores', 'features']);
    expect(Object.keys(await session.run({ image }, ['features']))).toEqual(['features']);
    let layers: LayerTrace[] = [];
    const trace = (traced: LayerTrace[]) => {
      layers = traced;
    };
    await session.run({ image }, { features: null }, { trace });
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
      inputs: [valueInfo('a', 'float32', ['N']), valueInfo('b', 'float32', ['N'])],
      outputs: [valueInfo('y', 'float32', ['N'])],
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
    const feeds = [image, random([1, 3, 13, 17], 8), random([2, 3, 5, 5], 9), image];
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

  it('leaves the main thread free', async () => {
    await using session = await create({ intraOpNumThreads: 1 });
    const large = random([1, 3, 200, 200], 10);
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

describe('release', () => {
  it('waits for runs in flight, refuses later ones, and may be repeated', async () => {
    const session = await create();
    const running = session.run({ image });
    const released = session.release();
    expect((await running).scores!.dims).toEqual([1, 5]);
    await released;
    await expect(session.run({ image })).rejects.toThrow(code('ERR_RELEASED'));
    await expect(session.probe({ image }, () => {})).rejects.toThrow(code('ERR_RELEASED'));
    await session.release();
  });
});

describe('algorithms', () => {
  it.each([
    ['Relu', true],
    ['Sigmoid', false],
  ])('by default skip zeros after %s: %s', async (activation, sparse) => {
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['image', 'w'], ['c'], { pads: [1, 1, 1, 1] }, 'first'),
        node(activation, ['c'], ['a']),
        node('Conv', ['a', 'v'], ['y'], { pads: [1, 1, 1, 1] }, 'second'),
      ],
      inputs: [valueInfo('image', 'float32', [1, 64, 28, 28])],
      outputs: [valueInfo('y', 'float32', [1, 64, 28, 28])],
      constants: { w: random([64, 64, 3, 3], 12), v: random([64, 64, 3, 3], 13) },
    };
    await using session = await InferenceSession.create(model(parts));
    let layers: LayerTrace[] = [];
    await session.run(
      { image: random([1, 64, 28, 28], 14) },
      {
        trace: (traced) => {
          layers = traced;
        },
      },
    );
    const skips = layers
      .filter(isConvolutionTrace)
      .map((layer) => algorithms().find(({ id }) => id === layer.algorithm)!.sparse);
    expect(skips).toEqual([false, sparse]);
  });

  it.each(['im2col', 'reference', 'cpo'])('%s serves all layers when it is named', async (algorithm) => {
    await using session = await create({ algorithm });
    const layers = (await traceOf(session)).filter(isConvolutionTrace);
    expect(layers.map((layer) => layer.algorithm)).toEqual([algorithm, algorithm, algorithm]);
    const { scores } = await session.run({ image });
    expect(firstDifference(scores!, onMainThread(bytes, { image }).scores!, 1e-4, 1e-5)).toBeUndefined();
  });

  it('that skip zeros leave a layer with weights that are not finite to a dense one', async () => {
    const weights = random([4, 3, 3, 3], 11);
    weights.data[5] = Number.POSITIVE_INFINITY;
    const parts: ModelParts = {
      nodes: [node('Conv', ['image', 'w'], ['y'])],
      inputs: [valueInfo('image', 'float32', [1, 3, 13, 17])],
      outputs: [valueInfo('y', 'float32', [1, 4, 11, 15])],
      constants: { w: weights },
    };
    await using session = await InferenceSession.create(model(parts), { algorithm: 'cps' });
    const [layer] = (await traceOf(session)).filter(isConvolutionTrace);
    expect(algorithms().find(({ id }) => id === layer!.algorithm)!.sparse).toBe(false);
    const { y } = await session.run({ image });
    expect(y!.data.some((value) => Number.isNaN(value))).toBe(true);
  });

  async function sha256(): Promise<string> {
    return Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString(
      'hex',
    );
  }

  async function planOf(
    names: Readonly<Record<string, string>>,
    guard: PlanLayer['guard'] = null,
  ): Promise<Plan> {
    return {
      version: 1,
      model: { sha256: await sha256() },
      machine: { cpu: 'any', target: 'any', threads: 1, node: 'any' },
      objective: { kind: 'time' },
      library: '0.0.0',
      layers: Object.entries(names).map(([name, algorithm]) => ({
        name,
        algorithm,
        parameters: {},
        runnerUp: null,
        settlement: 'settled',
        density: { min: 0, max: 1 },
        guard,
        times: [],
        refused: [],
      })),
    };
  }

  it('of a plan are used for its layers, and the default for the rest', async () => {
    await using session = await create({ plan: await planOf({ second: 'reference' }), algorithm: 'im2col' });
    const layers = (await traceOf(session)).filter(isConvolutionTrace);
    expect(layers.map(({ name, algorithm }) => `${name} ${algorithm}`)).toEqual([
      'first im2col',
      'second reference',
      'scores im2col',
    ]);
  });

  it('of a plan leave maps with few zeros to its dense ones', async () => {
    const density = (await traceOf(await create())).filter(isConvolutionTrace)[1]!.density;
    const ran = async (above: number) => {
      const guard = { density: above, algorithm: 'direct', parameters: {} };
      await using session = await create({ plan: await planOf({ second: 'cps' }, guard) });
      const { algorithm, guarded } = (await traceOf(session)).filter(isConvolutionTrace)[1]!;
      return { algorithm, guarded };
    };
    expect(density).toBeGreaterThan(0);
    expect(await ran(density + 0.01)).toEqual({ algorithm: 'cps', guarded: false });
    expect(await ran(density - 0.01)).toEqual({ algorithm: 'direct', guarded: true });
    const refusing = { density: 0.5, algorithm: 'magic', parameters: {} };
    await expect(create({ plan: await planOf({ second: 'cps' }, refusing) })).rejects.toThrow(
      code('ERR_UNKNOWN_ALGORITHM'),
    );
  });

  it('of a plan for another model, other layers or unknown algorithms are refused', async () => {
    const plan = await planOf({ second: 'reference' });
    const other = { ...plan, model: { sha256: 'ab'.repeat(32) } };
    await expect(create({ plan: other })).rejects.toThrow(code('ERR_INVALID_PLAN'));
    await expect(create({ plan: await planOf({ third: 'reference' }) })).rejects.toThrow(
      code('ERR_INVALID_PLAN'),
    );
    await expect(create({ plan: await planOf({ second: 'magic' }) })).rejects.toThrow(
      code('ERR_UNKNOWN_ALGORITHM'),
    );
  });
});

describe('trace', () => {
  it('tells for every convolution what ran, on what, and how dense it was', async () => {
    await using session = await create({ algorithm: 'cps' });
    const layers = await traceOf(session);
    const [first, second] = layers.filter(isConvolutionTrace);
    expect(first).toMatchObject({
      name: 'first',
      opType: 'Conv',
      algorithm: 'cps',
      parameters: expect.any(Object),
      inputShape: [1, 3, 13, 17],
      weightShape: [18, 3, 3, 3],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [1, 1, 1, 1],
      group: 1,
      workspaceBytes: expect.any(Number),
    });
    expect(first!.density).toBe(image.data.filter((value) => value !== 0).length / image.size);
    const { data } = onMainThread(model({ ...network, outputs: [valueInfo('r1', 'float32', [1])] }), {
      image,
    }).r1!;
    expect(second!.density).toBeCloseTo(
      (data as Float32Array).filter((value) => value !== 0).length / data.length,
      2,
    );
    for (const layer of layers) expect(layer.ms).toBeGreaterThanOrEqual(0);
  });
});

describe('probe', () => {
  it('visits every convolution before it runs, with its real input', async () => {
    await using session = await create();
    const expected = onMainThread(model({ ...network, outputs: [valueInfo('r1', 'float32', [1])] }), {
      image,
    });
    const visited: string[] = [];
    const results = await session.probe({ image }, async (layer) => {
      visited.push(layer.name);
      if (layer.name === 'first') {
        expect([...layer.readInput()]).toEqual([...image.data]);
        expect([...layer.weights]).toEqual([...network.constants!.w1!.data]);
        expect(layer.activation).toMatchObject({ name: 'relu' });
      }
      if (layer.name !== 'second') return;
      expect(layer.inputDims).toEqual([1, 18, 13, 17]);
      expect(layer.spec).toMatchObject({ inChannels: 18, outChannels: 20, kernel: [3, 3] });
      expect(layer.bias).toBeUndefined();
      expect(
        firstDifference(float32(layer.inputDims, layer.readInput()), expected.r1!, 1e-4, 1e-5),
      ).toBeUndefined();
      expect(layer.candidates().map(({ id }) => id)).toEqual(algorithms().map(({ id }) => id));
      const times = await layer.time([{ algorithm: 'reference' }, { algorithm: 'cps', parameters: {} }], {
        rounds: 3,
      });
      const [exact, sparse] = [
        await layer.compute({ algorithm: 'reference' }),
        await layer.compute({ algorithm: 'cps' }),
      ];
      expect(exact.some((value) => value !== 0)).toBe(true);
      expect(
        firstDifference(float32([exact.length], sparse), float32([exact.length], exact), 1e-4, 1e-5),
      ).toBeUndefined();
      for (const time of times) {
        expect([time.ms.length, time.encodeMs.length, time.computeMs.length]).toEqual([3, 3, 3]);
      }
    });
    expect(visited).toEqual(['first', 'second', 'scores']);
    const plain = await session.run({ image });
    expect([...results.scores!.data]).toEqual([...plain.scores!.data]);
  });

  it('refuses the use of a layer after its visit, and times of what refuses it', async () => {
    await using session = await create();
    const layers: Parameters<Parameters<InferenceSession['probe']>[1]>[0][] = [];
    await session.probe({ image }, (layer) => {
      layers.push(layer);
    });
    expect(() => layers[0]!.readInput()).toThrow(code('ERR_RELEASED'));
    await expect(layers[0]!.time([], { rounds: 1 })).rejects.toThrow(code('ERR_RELEASED'));
    await expect(session.probe({ image }, 1 as never)).rejects.toThrow(code('ERR_INVALID_TYPE'));
  });

  it('ends with the error of a visit', async () => {
    await using session = await create();
    const visit = () => Promise.reject(new Error('no more'));
    await expect(session.probe({ image }, visit)).rejects.toThrow('no more');
    expect((await session.run({ image })).scores!.dims).toEqual([1, 5]);
  });
});
