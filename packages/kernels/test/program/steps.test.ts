import { afterAll, describe, expect, it } from 'vitest';
import { denseView, Program, Reads, type Step, selectTarget, targets, type View } from '../../src/index.ts';
import { elementwise, runStep } from './run-step.ts';

const best = targets().find(({ selected }) => selected)!.name;
afterAll(() => selectTarget(best));

describe.each(targets().filter(({ supported }) => supported))('steps on $name', ({ name }) => {
  const infinity = Number.POSITIVE_INFINITY;

  it('relu keeps a NaN and turns -0 into a zero', async () => {
    selectTarget(name);
    const values = Float32Array.of(-1, 2, Number.NaN, -0, infinity, -infinity, 3);
    const out = denseView(7, 1, 1, 1, 7);
    const step = elementwise([denseView(0, 1, 1, 1, 7)], [{ function: 'relu', a: 0 }], out);
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
      const step = elementwise([denseView(0, 1, 1, 1, xs.length)], [{ function: fn, a: 0 }], out);
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

  it.each([1, 2, 15, 16, 17, 64, 300])('softmax over %d channels', async (channels) => {
    selectTarget(name);
    const pixels = 2 * 3 * 7;
    const values = Float32Array.from({ length: pixels * channels }, (_, i) => ((i * 37) % 101) / 5 - 10);
    values.set(new Float32Array(channels).fill(-infinity), channels);
    values[2 * channels] = Number.NaN;
    if (channels > 1) values[3 * channels] = -infinity;
    const out = { ...denseView(values.length, 2, 3, 7, channels), pixelStride: channels + 3 };
    const step = { op: 'softmax', input: denseView(0, 2, 3, 7, channels), output: out } as const;
    const result = await runStep(step, values, out);
    for (let p = 0; p < pixels; p++) {
      const own = [...values.subarray(p * channels, (p + 1) * channels)];
      const powers = own.map((x) => Math.exp(x - Math.max(...own)));
      const sum = powers.reduce((a, b) => a + b);
      for (const [c, power] of powers.entries()) {
        const y = result[p * channels + c]!;
        if (Number.isNaN(sum)) expect(y, `pixel ${p}`).toBeNaN();
        else expect(Math.abs(y - power / sum)).toBeLessThanOrEqual(1e-38 + (4e-6 * power) / sum);
      }
    }
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

  const map = { n: 2, h: 5, w: 6, c: 19 };
  const axis = (low: number[], weight: number) => ({
    low: Int32Array.from(low),
    high: Int32Array.from(low, (i) => i + 1),
    weight: new Float32Array(low.length).fill(weight),
  });
  const window = { kernelH: 3, kernelW: 2, strideH: 2, strideW: 1, dilationH: 1, dilationW: 2 };
  const pads = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 0, countIncludePad: true };
  const resize = { op: 'resize', rows: axis([0, 2, 3], 0.3), columns: axis([0, 1, 3, 4], 0.2) } as const;
  const steps: [string, Omit<View, 'offset' | 'pixelStride'>, (input: View, output: View) => Step][] = [
    ['unary', map, (input, output) => elementwise([input], [{ function: 'tanh', a: 0 }], output)],
    ['copy', map, (input, output) => elementwise([input], [], output)],
    ['softmax', map, (input, output) => ({ op: 'softmax', input, output })],
    ['binary', map, (a, output) => elementwise([a], [{ function: 'mul', a: 0, b: 0 }], output)],
    [
      'pool',
      { ...map, h: 3, w: 5 },
      (input, output) => ({ op: 'pool', kind: 'average', ...window, ...pads, input, output }),
    ],
    ['resize', { ...map, h: 3, w: 4 }, (input, output) => ({ ...resize, input, output })],
  ];

  it.each(steps)(
    '%s reads and writes maps with gaps between pixels, rows and images',
    async (_op, out, step) => {
      selectTarget(name);
      const dense = (offset: number, { n, h, w, c }: typeof map) => denseView(offset, n, h, w, c);
      const withGaps = (offset: number, { n, h, w, c }: typeof map) => {
        const [pixelStride, rowStride] = [c + 3, w * (c + 3) + 5];
        return { offset, n, h, w, c, pixelStride, rowStride, imageStride: h * rowStride + 7 };
      };
      const results = [dense, withGaps].map(async (viewOf) => {
        const input = viewOf(0, map);
        const output = viewOf(8192, out);
        const copied = step(input, output);
        const program = new Program([
          { op: 'toChannelsLast', input: denseView(4096, 2, 5, 6, 19), output: input },
          copied,
          { op: 'toChannelsFirst', input: output, output: dense(0, out) },
        ]);
        const run = program.createRun(16384);
        run.write(
          4096,
          Float32Array.from({ length: 2 * 5 * 6 * 19 }, (_, i) => Math.sin(i)),
        );
        await run.execute({ threads: 2 });
        const channelsFirst = run.read(0, out.n * out.h * out.w * out.c);
        expect((await run.executeAndRead(new Reads([output]), { to: 0, threads: 2 })).maps[0]).toEqual(
          channelsFirst,
        );
        const result = run.readView(output);
        run.release();
        program.release();
        return { result, channelsFirst };
      });
      const [expected, actual] = await Promise.all(results);
      expect(actual).toEqual(expected);
      expect(new Set(expected!.result).size).toBeGreaterThan(100);
    },
  );

  it.each([
    [3, 37],
    [16, 32],
    [4, 5],
    [21, 23],
    [1, 9],
  ])('%i channels of rows of %i pixels change their order and come back', async (c, w) => {
    selectTarget(name);
    const map = denseView(0, 2, 3, w, c);
    const size = 6 * w * c;
    const program = new Program([
      { op: 'toChannelsLast', input: { ...map, offset: size }, output: map },
      { op: 'toChannelsFirst', input: map, output: { ...map, offset: 2 * size } },
    ]);
    const run = program.createRun(3 * size);
    const first = Float32Array.from({ length: size }, (_, i) => i);
    run.write(size, first);
    await run.execute({ threads: 1 });
    const last = first.map((_, i) => {
      const [channel, pixel, image] = [i % c, Math.floor(i / c) % (3 * w), Math.floor(i / (3 * w * c))];
      return first[(image * c + channel) * 3 * w + pixel]!;
    });
    expect(run.read(0, size)).toEqual(last);
    expect(run.read(2 * size, size)).toEqual(first);
    run.release();
    program.release();
  });
});
