import { convSpec, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { afterAll, describe, expect, it } from 'vitest';
import {
  algorithms,
  Convolution,
  convolve,
  denseView,
  estimateMs,
  Program,
  refusal,
  type Step,
  selectTarget,
  targets,
  type View,
} from '../src/index.ts';

const best = targets().find(({ selected }) => selected)!.name;
afterAll(() => selectTarget(best));

async function runStep(step: Step, arena: Float32Array, output: View, constants?: Float32Array) {
  const program = new Program([step], constants);
  const run = program.createRun(Math.max(program.arenaFloats, arena.length));
  run.write(0, arena);
  await run.execute({ threads: 2 });
  const result = run.readView(output);
  run.release();
  program.release();
  return [...result];
}

describe.each(targets().filter(({ supported }) => supported))('steps on $name', ({ name }) => {
  const infinity = Number.POSITIVE_INFINITY;

  it('relu keeps a NaN and turns -0 into a zero', async () => {
    selectTarget(name);
    const values = Float32Array.of(-1, 2, Number.NaN, -0, infinity, -infinity, 3);
    const out = denseView(7, 1, 1, 1, 7);
    const step = {
      op: 'unary',
      function: 'relu',
      alpha: 0,
      beta: 0,
      input: denseView(0, 1, 1, 1, 7),
      output: out,
    } as const;
    expect((await runStep(step, values, out)).map((v) => v + 0)).toEqual([
      0,
      2,
      Number.NaN,
      0,
      infinity,
      0,
      3,
    ]);
  });

  it('sigmoid and tanh are accurate from -100 to 100', async () => {
    selectTarget(name);
    const xs = Float32Array.from({ length: 2001 }, (_, i) => (i - 1000) / 10);
    const out = denseView(xs.length, 1, 1, 1, xs.length);
    const exact = { sigmoid: (x: number) => 1 / (1 + Math.exp(-x)), tanh: Math.tanh };
    for (const [fn, f] of Object.entries(exact) as ['sigmoid' | 'tanh', (x: number) => number][]) {
      const step = {
        op: 'unary',
        function: fn,
        alpha: 0,
        beta: 0,
        input: denseView(0, 1, 1, 1, xs.length),
        output: out,
      } as const;
      const result = await runStep(step, xs, out);
      for (const [i, y] of result.entries()) {
        expect(Math.abs(y - f(xs[i]!)), `${fn}(${xs[i]})`).toBeLessThanOrEqual(
          1e-38 + 1e-6 * Math.abs(f(xs[i]!)),
        );
      }
    }
  });

  it('max pooling keeps a NaN and ignores padding', async () => {
    selectTarget(name);
    const values = Float32Array.of(-1, -2, Number.NaN, -4, -5, -6, -7, -8, -9);
    const out = denseView(9, 1, 2, 2, 1);
    const step = {
      op: 'pool',
      kind: 'max',
      kernelH: 2,
      kernelW: 2,
      strideH: 2,
      strideW: 2,
      dilationH: 1,
      dilationW: 1,
      padTop: 1,
      padLeft: 1,
      padBottom: 0,
      padRight: 0,
      countIncludePad: false,
      input: denseView(0, 1, 3, 3, 1),
      output: out,
    } as const;
    expect(await runStep(step, values, out)).toEqual([-1, Number.NaN, -4, -5]);
  });

  it('average pooling counts padding only when told to', async () => {
    selectTarget(name);
    const values = Float32Array.of(4, 8, 12, 16);
    const out = denseView(4, 1, 1, 1, 1);
    const pool = (countIncludePad: boolean) =>
      ({
        op: 'pool',
        kind: 'average',
        kernelH: 2,
        kernelW: 2,
        strideH: 1,
        strideW: 1,
        dilationH: 1,
        dilationW: 1,
        padTop: 1,
        padLeft: 1,
        padBottom: 0,
        padRight: 0,
        countIncludePad,
        input: denseView(0, 1, 2, 2, 1),
        output: out,
      }) as const;
    expect(await runStep(pool(true), values, out)).toEqual([1]);
    expect(await runStep(pool(false), values, out)).toEqual([4]);
  });

  it('binary steps broadcast their second operand', async () => {
    selectTarget(name);
    const a = Float32Array.from({ length: 2 * 2 * 3 }, (_, i) => i);
    const output = denseView(12, 1, 2, 2, 3);
    const add = (b: View) =>
      ({
        op: 'binary',
        function: 'add',
        activation: 'none',
        alpha: 0,
        beta: 0,
        a: denseView(0, 1, 2, 2, 3),
        b,
        output,
      }) as const;
    const perChannel = { ...denseView(0, 1, 1, 1, 3), constant: true };
    expect(await runStep(add(perChannel), a, output, Float32Array.of(100, 200, 300))).toEqual(
      [...a].map((v, i) => v + 100 * ((i % 3) + 1)),
    );
    const perRow = { ...denseView(0, 1, 2, 1, 1), constant: true };
    expect(await runStep(add(perRow), a, output, Float32Array.of(100, 200))).toEqual(
      [...a].map((v, i) => v + (i < 6 ? 100 : 200)),
    );
  });

  it("layout steps are each other's inverse, into and out of a range of channels", async () => {
    selectTarget(name);
    const nchw = Float32Array.from({ length: 2 * 19 * 3 * 5 }, (_, i) => i);
    const wide = { ...denseView(nchw.length, 2, 3, 5, 19), pixelStride: 40 };
    const back = denseView(nchw.length + 2 * 3 * 5 * 40, 2, 3, 5, 19);
    const program = new Program([
      { op: 'toChannelsLast', input: denseView(0, 2, 3, 5, 19), output: wide },
      { op: 'toChannelsFirst', input: wide, output: back },
    ]);
    const run = program.createRun();
    run.write(0, nchw);
    await run.execute({ threads: 2 });
    expect(run.read(back.offset, nchw.length)).toEqual(nchw);
    expect(run.readView(wide).slice(0, 3)).toEqual(Float32Array.of(0, 15, 30));
    run.release();
    program.release();
  });
});

describe('a run', () => {
  const spec = convSpec({ inChannels: 16, outChannels: 16, kernel: [3, 3], pads: [1, 1, 1, 1] });
  const convolution = new Convolution(spec, sparseValues(16 * 16 * 9, 1, 1), undefined, { algorithm: 'cps' });
  const size = 16 * 20 * 20;
  const steps = Array.from({ length: 50 }, () => ({
    op: 'conv' as const,
    convolution,
    input: denseView(0, 1, 20, 20, 16),
    output: denseView(size, 1, 20, 20, 16),
  }));

  it("counts the non-zeros of a convolution's input when told to", async () => {
    const program = new Program(steps.slice(0, 1));
    const run = program.createRun();
    const input = sparseValues(size, 0.3, 5);
    run.write(0, input);
    const [counted] = await run.execute({ threads: 1, countNonZeros: true });
    expect(counted!.nonZeros).toBe(input.filter((value) => value !== 0).length);
    const [trace] = await run.execute({ threads: 1 });
    expect(trace!.nonZeros).toBe(0);
    run.release();
    program.release();
  });

  it('ends early when aborted, and can be used again', async () => {
    const program = new Program(steps);
    const run = program.createRun();
    const controller = new AbortController();
    const running = run.execute({ threads: 1, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(await run.execute({ threads: 1 })).toHaveLength(50);
    run.release();
    program.release();
  });

  it('in flight keeps what is released meanwhile', async () => {
    const local = new Convolution(spec, sparseValues(16 * 16 * 9, 1, 1), undefined, { algorithm: 'im2col' });
    const program = new Program([{ ...steps[0]!, convolution: local }]);
    const run = program.createRun();
    const running = run.execute({ threads: 2 });
    local.release();
    program.release();
    run.release();
    await expect(running).resolves.toHaveLength(1);
    expect(() => run.read(0, 1)).toThrowError(expect.objectContaining({ code: 'ERR_RELEASED' }));
  });

  it.each<[string, object, string]>([
    ['an input of other channels', { input: denseView(0, 1, 4, 4, 3) }, 'ERR_INVALID_SHAPE'],
    ['an output of other dims', { output: denseView(32, 1, 4, 5, 3) }, 'ERR_INVALID_SHAPE'],
    ['an output of another batch', { output: denseView(32, 2, 4, 4, 3) }, 'ERR_INVALID_SHAPE'],
    [
      'pixels that overlap',
      { output: { ...denseView(32, 1, 4, 4, 3), pixelStride: 2 } },
      'ERR_INVALID_ARGUMENT',
    ],
    ['a negative offset', { input: { ...denseView(0, 1, 4, 4, 2), offset: -1 } }, 'ERR_INVALID_ARGUMENT'],
    [
      'more pixels than 32 bits count',
      { input: denseView(0, 2 ** 20, 2 ** 20, 2, 2) },
      'ERR_INVALID_ARGUMENT',
    ],
  ])('refuses a convolution with %s', (_what, changed, code) => {
    const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [1, 1] });
    using convolution = new Convolution(spec, new Float32Array(6), undefined, { algorithm: 'direct' });
    const input = denseView(0, 1, 4, 4, 2);
    const step = { op: 'conv', convolution, input, output: denseView(32, 1, 4, 4, 3), ...changed } as Step;
    expect(() => new Program([step])).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, Step]>([
    [
      'a unary step that changes dims',
      {
        op: 'unary',
        function: 'abs',
        alpha: 0,
        beta: 0,
        input: denseView(0, 1, 2, 2, 2),
        output: denseView(8, 1, 2, 3, 2),
      },
    ],
    [
      'an unknown function',
      {
        op: 'unary',
        function: 'sin' as 'abs',
        alpha: 0,
        beta: 0,
        input: denseView(0, 1, 1, 1, 1),
        output: denseView(1, 1, 1, 1, 1),
      },
    ],
    [
      'a resize that reads past the map',
      {
        op: 'resize',
        rows: { low: Int32Array.of(0), high: Int32Array.of(2), weight: Float32Array.of(0) },
        columns: { low: Int32Array.of(0), high: Int32Array.of(1), weight: Float32Array.of(0) },
        input: denseView(0, 1, 2, 2, 1),
        output: denseView(4, 1, 1, 1, 1),
      },
    ],
    [
      'an operand that does not broadcast',
      {
        op: 'binary',
        function: 'add',
        activation: 'none',
        alpha: 0,
        beta: 0,
        a: denseView(0, 1, 2, 2, 2),
        b: denseView(8, 1, 3, 1, 2),
        output: denseView(16, 1, 2, 2, 2),
      },
    ],
    [
      'an unknown step',
      { op: 'sort', input: denseView(0, 1, 1, 1, 1), output: denseView(0, 1, 1, 1, 1) } as never,
    ],
  ])('refuses %s', (_what, step) => {
    expect(() => new Program([step])).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_/) }),
    );
  });

  it('refuses, in JavaScript, specs and activations that native code does not know', () => {
    const spec = convSpec({ inChannels: 2, outChannels: 2, kernel: [1, 1] });
    const coded = expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_/) });
    for (const broken of [{ group: 0 }, { strides: [0, 1] }, { dilations: [1] }, { pads: [0, -1, 0, 0] }]) {
      expect(() => refusal('cps', { ...spec, ...broken } as never, [4, 4])).toThrow(coded);
    }
    for (const activation of [{ name: 'gelu' }, { name: 'clip', alpha: '0' }]) {
      const options = { algorithm: 'direct', activation } as never;
      expect(() => new Convolution(spec, new Float32Array(4), undefined, options)).toThrow(coded);
    }
  });

  it('refuses to estimate for more pixels than native code counts', () => {
    const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [2, 3], pads: [1, 0, 1, 0] });
    const coded = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    const rates = { gflops: 100, l2: 100, memory: 10 };
    for (const { id } of algorithms()) {
      expect(() =>
        estimateMs(id, spec, [2 ** 20, 2, 5, 2 ** 20], { density: 0.5, sets: 0.6 }, rates),
      ).toThrow(coded);
      if (refusal(id, spec, [5, 6]) !== undefined) continue;
      using convolution = new Convolution(spec, new Float32Array(36), undefined, { algorithm: id });
      expect(() => convolution.workspaceBytes([5, 2 ** 20], { batch: 2 ** 20 })).toThrow(coded);
      // A dilation far beyond the map, on many images.
      const wide = convSpec({
        ...spec,
        dilations: [2 ** 12, 2 ** 12],
        pads: [2 ** 12, 2 ** 13, 2 ** 12, 2 ** 13],
      });
      using dilated = new Convolution(wide, new Float32Array(36), undefined, { algorithm: id });
      expect(dilated.workspaceBytes([1, 1], { batch: 2, threads: 2 })).toBeGreaterThanOrEqual(0);
    }
  });

  // AddressSanitizer reports a size that it cannot give.
  const isSanitized = process.env.LD_PRELOAD?.includes('asan') ?? false;
  it.skipIf(isSanitized)('without memory for its arena, or for a copy of it, is an error', () => {
    const program = new Program(steps);
    const floats = 2 ** 40;
    // Systems that promise any amount of memory give the arena, but no machine has the copy.
    const copied = () => {
      const run = program.createRun(floats);
      try {
        return run.read(0, floats);
      } finally {
        run.release();
      }
    };
    expect(copied).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_MEMORY' }));
    program.release();
  });

  it('of an empty batch writes nothing, with any algorithm', async () => {
    const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [2, 3], pads: [1, 0, 1, 0] });
    for (const { id } of algorithms()) {
      if (refusal(id, spec, [5, 6]) !== undefined) continue;
      using convolution = new Convolution(spec, new Float32Array(36), undefined, { algorithm: id });
      const empty = await convolve(new Tensor('float32', new Float32Array(0), [0, 2, 5, 6]), convolution);
      expect(empty.dims).toEqual([0, 3, 6, 4]);
    }
  });

  it('refuses an addend of other dims than the output', () => {
    const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [1, 1] });
    const convolution = new Convolution(spec, new Float32Array(6), undefined, { algorithm: 'direct' });
    const step = {
      op: 'conv',
      convolution,
      input: denseView(0, 1, 2, 2, 2),
      output: denseView(8, 1, 2, 2, 3),
      addend: denseView(20, 1, 2, 1, 3),
    } as const;
    expect(() => new Program([step])).toThrow(/steps\[0\] \(conv\) addend\.w, received 1/);
    convolution.release();
  });

  it('refuses a second execution at the same time, and ranges outside its arena', async () => {
    const program = new Program(steps);
    const run = program.createRun();
    const running = run.execute({ threads: 1 });
    await expect(run.execute({ threads: 1 })).rejects.toThrow('Expected an idle run');
    await running;
    expect(() => run.read(run.arenaFloats - 1, 2)).toThrow(RangeError);
    expect(() => run.write(-1, new Float32Array(1))).toThrow(RangeError);
    run.release();
    program.release();
  });

  it('gives a view channels first, by whole blocks, their edges and strides', async () => {
    for (const [n, h, w, c, pixelStride] of [
      [2, 3, 5, 7, 7],
      [1, 2, 32, 16, 16],
      [1, 3, 37, 35, 40],
      [3, 1, 1, 9, 12],
    ] as const) {
      const view = { ...denseView(8, n, h, w, c), pixelStride };
      const program = new Program([]);
      const run = program.createRun(8 + n * h * w * pixelStride);
      run.write(
        0,
        Float32Array.from({ length: run.arenaFloats }, (_, i) => i),
      );
      const last = run.readView(view);
      const first = await run.readChannelsFirst(view, { threads: 2 });
      const expected = first.map((_, i) => {
        const [x, y] = [i % w, Math.floor(i / w) % h];
        const [channel, image] = [Math.floor(i / (w * h)) % c, Math.floor(i / (w * h * c))];
        return last[((image * h + y) * w + x) * c + channel]!;
      });
      expect(first).toEqual(expected);
      const beyond = { ...view, offset: run.arenaFloats - 1 };
      await expect(run.readChannelsFirst(beyond, { threads: 1 })).rejects.toThrow('the end of the view');
      run.release();
      program.release();
    }
  });

  it('times contenders on the same input, each as often as asked', async () => {
    const program = new Program(steps.slice(0, 1));
    const run = program.createRun();
    const times = await run.timeConvolutions(0, [convolution, convolution], { rounds: 3, threads: 1 });
    expect(
      times.map(({ ms, computeMs, encodeMs }) => [ms.length, computeMs.length, encodeMs.length]),
    ).toEqual([
      [3, 3, 3],
      [3, 3, 3],
    ]);
    run.release();
    program.release();
  });
});
