import { afterAll, describe, expect, it } from 'vitest';
import {
  Program,
  QuantizedConvolution,
  type Step,
  selectTarget,
  targets,
  type View,
} from '../../src/index.ts';

const supported = targets().filter((target) => target.supported);
const best = targets().find((target) => target.selected)!.name;
afterAll(() => selectTarget(best));

/** A map of integers from byte `offset` on. */
const bytes = (
  offset: number,
  element: 'uint8' | 'int8',
  n: number,
  h: number,
  w: number,
  c: number,
): View => ({
  ...{ offset, n, h, w, c },
  pixelStride: c,
  element,
});
const floats = (offset: number, n: number, h: number, w: number, c: number): View => ({
  ...{ offset, n, h, w, c },
  pixelStride: c,
});

/** The arena after a step, which began with `begin`, as bytes. */
async function after(step: Step, begin: ArrayBuffer): Promise<ArrayBuffer> {
  const program = new Program([step]);
  const run = program.createRun(Math.max(program.arenaFloats, begin.byteLength / 4));
  run.write(0, new Float32Array(begin));
  await run.execute({ threads: 2 });
  const result = run.read(0, run.arenaFloats).buffer as ArrayBuffer;
  run.release();
  program.release();
  return result;
}

/** 256 bytes, each value once, and room behind them. */
function everyByte(): ArrayBuffer {
  const values = new Uint8Array(2048);
  for (let i = 0; i < 256; i++) values[i] = i;
  return values.buffer;
}

describe.each(supported.map(({ name }) => name))('on %s', (target) => {
  it.each(['uint8', 'int8'] as const)('%s becomes what it stands for, and back', async (element) => {
    selectTarget(target);
    const how = { scale: 0.3, zero: 7 };
    const input = { ...bytes(0, element, 1, 1, 16, 16), ...how };
    const output = floats(64, 1, 1, 16, 16);
    const step: Step = { op: 'elementwise', inputs: [input], code: [], output };
    const found = await after(step, everyByte());
    const values = new Float32Array(found, 256, 256);
    const from = element === 'uint8' ? new Uint8Array(found, 0, 256) : new Int8Array(found, 0, 256);
    expect([...values]).toEqual([...from].map((q) => Math.fround((q - 7) * Math.fround(0.3))));
    const back: Step = {
      op: 'elementwise',
      inputs: [output],
      code: [],
      output: { ...bytes(1280, element, 1, 1, 16, 16), ...how },
    };
    const again = new Uint8Array(await after(back, found));
    expect(again.subarray(1280, 1536)).toEqual(again.subarray(0, 256));
  });

  it('numbers are rounded to the even integer and saturate', async () => {
    selectTarget(target);
    const begin = new Float32Array(16);
    begin.set([-1e9, -3, -0.25, 0.25, 0.75, 1.25, 63.4, 1e9]);
    const output = { ...bytes(33, 'int8', 1, 1, 1, 8), scale: 0.5, zero: -1 };
    const step: Step = { op: 'elementwise', inputs: [floats(0, 1, 1, 1, 8)], code: [], output };
    const found = new Int8Array(await after(step, begin.buffer), 33, 8);
    expect([...found]).toEqual([-128, -7, -1, -1, 1, 1, 126, 127]);
  });

  it('functions read integers that are broadcast, and write integers with gaps', async () => {
    selectTarget(target);
    const begin = new Uint8Array(256);
    for (let i = 0; i < 30; i++) begin[i] = i * 8;
    begin.set([10, 20, 30], 40);
    const a = { ...bytes(0, 'uint8', 1, 2, 5, 3), scale: 0.5, zero: 4 };
    const b = { ...bytes(40, 'uint8', 1, 1, 1, 3), scale: 2, zero: 20 };
    const output: View = {
      ...bytes(60, 'uint8', 1, 2, 5, 3),
      pixelStride: 4,
      rowStride: 23,
      scale: 0.75,
      zero: 3,
    };
    const code = [{ function: 'add' as const, a: 0, b: 1 }];
    const found = new Uint8Array(
      await after({ op: 'elementwise', inputs: [a, b], code, output }, begin.buffer),
    );
    for (let i = 0; i < 30; i++) {
      const [pixel, c] = [Math.floor(i / 3), i % 3];
      const sum = (i * 8 - 4) * 0.5 + ([10, 20, 30][c]! - 20) * 2;
      const quotient = Math.fround(sum / 0.75);
      const even = Math.round(quotient / 2) * 2;
      const rounded = Math.abs(quotient % 1) === 0.5 ? even : Math.round(quotient);
      const wanted = Math.min(255, Math.max(0, rounded + 3));
      expect(found[60 + Math.floor(pixel / 5) * 23 + (pixel % 5) * 4 + c]).toBe(wanted);
    }
    expect(found[63]).toBe(0);
  });

  it.each(['uint8', 'int8'] as const)(
    'the largest %s of a window is found, nearest ones are',
    async (element) => {
      selectTarget(target);
      const input = bytes(0, element, 1, 3, 4, 20);
      const begin = everyByte();
      const all = element === 'uint8' ? new Uint8Array(begin) : new Int8Array(begin);
      for (let i = 0; i < 240; i++) all[i] = (i * 37) % 256;
      const from = all.slice(0, 240);
      const at = (y: number, x: number, c: number) => from[(y * 4 + x) * 20 + c]!;
      const pool: Step = {
        ...({
          op: 'pool',
          kind: 'max',
          kernelH: 2,
          kernelW: 2,
          strideH: 1,
          strideW: 2,
          dilationH: 1,
        } as const),
        ...{ dilationW: 1, padTop: 1, padLeft: 0, padBottom: 0, padRight: 0, countIncludePad: false },
        input,
        output: bytes(512, element, 1, 3, 2, 20),
      };
      const read = (buffer: ArrayBuffer) =>
        element === 'uint8' ? new Uint8Array(buffer) : new Int8Array(buffer);
      const pooled = read(await after(pool, begin));
      for (let i = 0; i < 120; i++) {
        const [y, x, c] = [Math.floor(i / 40), Math.floor(i / 20) % 2, i % 20];
        const taps = [y - 1, y]
          .filter((row) => row >= 0)
          .flatMap((row) => [at(row, 2 * x, c), at(row, 2 * x + 1, c)]);
        expect(pooled[512 + i]).toBe(Math.max(...taps));
      }
      const zero = new Float32Array(2);
      const resize: Step = {
        op: 'resize',
        rows: { low: Int32Array.of(2, 0), high: Int32Array.of(2, 0), weight: zero },
        columns: { low: Int32Array.of(3, 1), high: Int32Array.of(3, 1), weight: zero },
        input,
        output: bytes(512, element, 1, 2, 2, 20),
      };
      const resized = read(await after(resize, begin));
      expect(resized.subarray(512, 532)).toEqual(from.subarray(220, 240));
      expect(resized.subarray(512 + 60, 512 + 80)).toEqual(from.subarray(20, 40));
    },
  );

  it('integers change their order', async () => {
    selectTarget(target);
    const rows = bytes(0, 'uint8', 2, 3, 5, 7);
    const map: View = { ...bytes(300, 'uint8', 2, 3, 5, 7), pixelStride: 9, rowStride: 46, imageStride: 140 };
    const there = await after({ op: 'toChannelsLast', input: rows, output: map }, everyByte());
    expect(new Uint8Array(there)[300 + 140 + 46 + 2 * 9 + 3]).toBe(((1 * 7 + 3) * 3 + 1) * 5 + 2);
    const back = await after({ op: 'toChannelsFirst', input: map, output: { ...rows, offset: 800 } }, there);
    expect(new Uint8Array(back, 800, 210)).toEqual(new Uint8Array(everyByte(), 0, 210));
  });

  it.each([
    [[-1, 0.5, 3], Math.fround(4 / 255), 64],
    [[0.25, 2], Math.fround(2 / 255), 0],
    [[-2, -0.5], Math.fround(2 / 255), 255],
    [[0, 0], 1, 0],
  ])('the range of %j is %f from %i', async (values, scale, zero) => {
    selectTarget(target);
    const begin = new Float32Array(256);
    for (let i = 0; i < 200; i++) begin[i] = values[i % values.length]!;
    const step: Step = { op: 'range', input: floats(0, 1, 2, 5, 20), output: floats(220, 1, 1, 1, 2) };
    const found = await after(step, begin.buffer);
    expect(new Float32Array(found)[220]).toBe(scale);
    expect(new Uint8Array(found)[221 * 4]).toBe(zero);
  });
});

describe('a program', () => {
  const spec = { inChannels: 2, outChannels: 3, kernel: [1, 1] } as const;
  const input = bytes(0, 'uint8', 1, 2, 2, 2);
  const output = bytes(16, 'uint8', 1, 2, 2, 3);
  const one = floats(20, 1, 1, 1, 1);
  const convolve = {
    op: 'quantizedConv',
    inputs: [input],
    dynamic: false,
    adds: false,
    addFirst: false,
    output,
  };

  it.each<[string, object]>([
    ['another type of output', { output: floats(4, 1, 2, 2, 3) }],
    ['floats without a scale', { inputs: [floats(0, 1, 2, 2, 2)] }],
    [
      'a scale of integers',
      { inputs: [input, bytes(64, 'uint8', 1, 1, 1, 1), bytes(65, 'uint8', 1, 1, 1, 1)], dynamic: true },
    ],
    ['a zero point of another type', { inputs: [input, one, bytes(65, 'int8', 1, 1, 1, 1)], dynamic: true }],
    ['an addend of integers', { inputs: [input, output], adds: true }],
    ['other channels', { inputs: [bytes(0, 'uint8', 1, 2, 2, 4)] }],
    ['a zero point that is no byte', { inputs: [{ ...input, zero: 256 }] }],
    ['integers among the constants', { inputs: [{ ...input, constant: true }] }],
  ])('refuses a convolution of integers with %s', (_what, changed) => {
    using convolution = new QuantizedConvolution(
      { ...spec, group: 1, strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] },
      new Int8Array(6),
      { result: { type: 'uint8', scale: Float32Array.of(1, 1, 1), zero: 0 } },
    );
    expect(() => new Program([{ ...convolve, convolution, ...changed } as Step])).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID/) }),
    );
  });

  it.each<[string, Step]>([
    ['an average of integers', { ...pool('average'), input, output: bytes(16, 'uint8', 1, 2, 2, 2) }],
    ['a maximum of another type', { ...pool('max'), input, output: floats(16, 1, 2, 2, 2) }],
    ['the softmax of integers', { op: 'softmax', input, output: bytes(16, 'uint8', 1, 2, 2, 2) }],
    ['the range of integers', { op: 'range', input, output: floats(16, 1, 1, 1, 2) }],
    ['a range in one float', { op: 'range', input: one, output: one }],
  ])('refuses %s', (_what, step) => {
    expect(() => new Program([step])).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID/) }),
    );
  });

  it('keeps three bytes behind integers, which products read', () => {
    using convolution = new QuantizedConvolution(
      { ...spec, group: 1, strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] },
      new Int8Array(6),
      { result: { type: 'uint8', scale: Float32Array.of(1, 1, 1), zero: 0 } },
    );
    const program = new Program([{ ...convolve, convolution } as Step]);
    expect(program.arenaFloats).toBe(Math.ceil((28 + 3) / 4));
    expect(convolution.packedBytes).toBeGreaterThan(0);
    program.release();
  });
});

function pool(kind: 'max' | 'average') {
  return {
    ...({
      op: 'pool',
      kind,
      kernelH: 1,
      kernelW: 1,
      strideH: 1,
      strideW: 1,
      dilationH: 1,
      dilationW: 1,
    } as const),
    ...{ padTop: 0, padLeft: 0, padBottom: 0, padRight: 0, countIncludePad: false },
  };
}

it.each<[string, object]>([
  ['a scale for each output', { result: { type: 'uint8', scale: new Float32Array(2), zero: 0 } }],
  ['a result', { result: { type: 'int16', scale: new Float32Array(3), zero: 0 } }],
  ['a zero point', { result: { type: 'int8', scale: new Float32Array(3), zero: 128 } }],
  ['bounds in order', { result: { type: 'int8', scale: new Float32Array(3), zero: 0, low: 3, high: 2 } }],
  ['zero points of bytes', { zeros: Int32Array.of(0, 200, 0), result: { type: 'int32' } }],
  ['a bias for each output', { bias: new Int32Array(4), result: { type: 'int32' } }],
])('a convolution of integers asks for %s', (_what, options) => {
  const spec = { inChannels: 2, outChannels: 3, kernel: [1, 1], group: 1, strides: [1, 1] } as const;
  const whole = { ...spec, dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
  expect(() => new QuantizedConvolution(whole, new Int8Array(6), options as never)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID/) }),
  );
});
