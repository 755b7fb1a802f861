import { stat } from 'node:fs/promises';
import { convSpec, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import {
  Arena,
  algorithms,
  Convolution,
  committed,
  convolve,
  denseView,
  Program,
  Reads,
  refusal,
} from '../../src/index.ts';
import { addonPath, loadAddon } from '../../src/load-addon.ts';

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

  it('copies maps without traces of steps that nobody wants', async () => {
    const program = new Program(steps.slice(0, 2));
    const run = program.createRun();
    run.write(0, sparseValues(size, 0.3, 5));
    const reads = new Reads([steps[1]!.output]);
    const traced = await run.executeAndRead(reads, { threads: 1 });
    expect(traced.traces).toHaveLength(3);
    const untraced = await run.executeAndRead(reads, { threads: 1, traces: false });
    expect(untraced).toEqual({ traces: [], maps: traced.maps });
    expect(run.executeAndReadNow(reads, { threads: 1, traces: false })).toEqual(untraced);
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

  // Without threads, WebAssembly computes where it is called.
  const hasThreads = !/zeroskip(-relaxed)?\.wasm$/.test(addonPath());

  it.runIf(hasThreads)("leaves the threads of Node's own pool to files", async () => {
    const program = new Program(Array.from({ length: 40 }, () => steps).flat());
    const runs = Array.from({ length: 8 }, () => program.createRun());
    let ended = 0;
    const all = runs.map(async (run) => {
      await run.execute({ threads: 1 });
      ended++;
    });
    await stat('.');
    expect(ended).toBe(0);
    await Promise.all(all);
    for (const run of runs) run.release();
    program.release();
  });

  it('in flight keeps what is released meanwhile', async () => {
    const local = new Convolution(spec, sparseValues(16 * 16 * 9, 1, 1), undefined, { algorithm: 'im2col' });
    const program = new Program(steps.map((step) => ({ ...step, convolution: local })));
    const run = program.createRun();
    const running = run.execute({ threads: 2 });
    local.release();
    program.release();
    run.release();
    await expect(running).resolves.toHaveLength(steps.length);
    expect(() => run.read(0, 1)).toThrowError(expect.objectContaining({ code: 'ERR_RELEASED' }));
  });

  it.runIf(hasThreads)('takes a thread of its own unless it is done before that would begin', async () => {
    const program = new Program(steps);
    const { native: arena } = new Arena(program.arenaFloats);
    const execute = (to: number) =>
      loadAddon().execute(
        program.native,
        arena,
        0,
        to,
        2,
        undefined,
        false,
        new Float64Array(0),
        [],
        undefined,
      );
    expect(execute(1)).toBe(1);
    const nothing = new Reads([]);
    expect([1, steps.length].map((to) => program.isBrief(0, to, nothing))).toEqual([true, false]);
    expect(program.isBrief(0, 1, new Reads([denseView(0, 1, 512, 512, 1)]))).toBe(false);
    expect(() => program.isBrief(0, steps.length + 1, nothing)).toThrow('Expected an integer');
    const running = execute(steps.length);
    expect(running).toBeInstanceOf(Promise);
    await running;
    loadAddon().releaseArena(arena);
    program.release();
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

  it('is given arrays whose memory is there, small and large, and of parts of a buffer', () => {
    const buffer = new ArrayBuffer(9 << 20);
    for (const array of [
      new Float32Array(3),
      new Uint8Array(buffer, 5, 8 << 20),
      new Uint16Array(buffer, 8, 0),
    ]) {
      array.set([1, 2, 3].slice(0, array.length));
      expect(committed(array)).toBe(array);
      expect([...array.subarray(0, 4)]).toEqual(
        array.length === 0 ? [] : array.length === 3 ? [1, 2, 3] : [1, 2, 3, 0],
      );
    }
    expect(() => committed([1] as never)).toThrow('Expected a typed array for the array');
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
      const first = (await run.executeAndRead(new Reads([view]), { threads: 2 })).maps[0]!;
      const expected = first.map((_, i) => {
        const [x, y] = [i % w, Math.floor(i / w) % h];
        const [channel, image] = [Math.floor(i / (w * h)) % c, Math.floor(i / (w * h * c))];
        return last[((image * h + y) * w + x) * c + channel]!;
      });
      expect(first).toEqual(expected);
      const beyond = { ...view, offset: run.arenaFloats - 1 };
      await expect(run.executeAndRead(new Reads([beyond]), { threads: 1 })).rejects.toThrow(
        'the end of the view',
      );
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
