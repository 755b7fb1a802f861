import { type ActivationMap, countNonZeros, measureSizes } from '@zeroskip/formats';
import { type ConvSpec, convSpec, outputSize, repack, weightCount } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { Convolution, denseView, encodableFormats, Program, refusal } from '../src/index.ts';

const [CHANNELS, HEIGHT, WIDTH] = [24, 16, 10];
const standard = convSpec({ inChannels: CHANNELS, outChannels: 8, kernel: [3, 3], pads: [1, 1, 1, 1] });
const pointwise = convSpec({ inChannels: CHANNELS, outChannels: 8, kernel: [1, 1] });

const mapOf = (height = HEIGHT, channels = CHANNELS): ActivationMap => ({
  channels,
  height,
  width: WIDTH,
  data: sparseValues(channels * height * WIDTH, 0.4, 5),
});

/** What a run of one convolution says that its products read for the map. */
async function loweredBytes(algorithm: string, spec: ConvSpec, map: ActivationMap, threads = 1) {
  const { channels, height, width, data } = map;
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  const weights = sparseValues(weightCount(spec), 1, 9);
  const convolution = new Convolution(spec, weights, undefined, { algorithm });
  const input = denseView(0, 1, height, width, channels);
  const output = denseView(data.length, 1, outHeight, outWidth, spec.outChannels);
  const program = new Program([{ op: 'conv', convolution, input, output }]);
  const run = program.createRun();
  try {
    const last = new Float32Array(data.length);
    repack(data, last, input, 'NHWC');
    run.write(0, last);
    return (await run.execute({ threads }))[0]!.loweredBytes;
  } finally {
    run.release();
    program.release();
    convolution.release();
  }
}

const bytesOf = ({ data }: ActivationMap) => 4 * data.length;

/**
 * The words of the lists that `cps` writes for a map of one band: those of its sets, of `words` each, and their ends.
 */
function listWords(
  map: ActivationMap,
  rows: number,
  slack: number,
  words: (values: number) => number,
): number {
  const { channels, height, width, data } = map;
  const tiles = Math.ceil(width / 4);
  let sum = 15 * slack * tiles + 16 * tiles * (rows + 1);
  for (let row = 0; row < channels * height; row++) {
    for (let tile = 0; tile < tiles; tile++) {
      const values = countNonZeros(
        data.subarray(row * width + 4 * tile, row * width + Math.min(width, 4 * tile + 4)),
      );
      if (values > 0) sum += words(values);
    }
  }
  return sum;
}

describe('the bytes that products read for a map', () => {
  it.each([1, 3])('are the whole matrix of im2col, on %i threads', async (threads) => {
    expect(await loweredBytes('im2col', standard, mapOf(), threads)).toBe(
      measureSizes(mapOf(), standard).im2col,
    );
    expect(await loweredBytes('im2col', pointwise, mapOf(), threads)).toBe(bytesOf(mapOf()));
  });

  it('are the slabs of mec, of bands of 8 output rows', async () => {
    expect(await loweredBytes('mec', standard, mapOf())).toBe(2 * 4 * WIDTH * 10 * 3 * CHANNELS);
  });

  it('are the padded block of direct, or the map where that lies', async () => {
    expect(await loweredBytes('direct', standard, mapOf())).toBe(4 * (HEIGHT + 2) * (WIDTH + 2) * CHANNELS);
    expect(await loweredBytes('direct', pointwise, mapOf())).toBe(bytesOf(mapOf()));
    const depthwise = convSpec({ ...standard, outChannels: CHANNELS, group: CHANNELS });
    expect(await loweredBytes('direct', depthwise, mapOf())).toBe(bytesOf(mapOf()));
  });

  it.each(['dot', 'reference'])('are those of the map for %s', async (id) => {
    const one = convSpec({ ...standard, outChannels: 1 });
    expect(await loweredBytes(id, one, mapOf())).toBe(bytesOf(mapOf()));
  });

  it.each(encodableFormats)('are the arrays of %s, as the format measures them', async (id) => {
    const depthwise = convSpec({ ...standard, outChannels: CHANNELS, group: CHANNELS });
    const dilated = convSpec({ ...standard, dilations: [2, 3], strides: [2, 1] });
    for (const spec of [standard, pointwise, depthwise, dilated]) {
      for (const threads of [1, 3]) {
        expect(await loweredBytes(id, spec, mapOf(), threads)).toBe(measureSizes(mapOf(), spec)[id]);
      }
    }
  });

  it('are the lists of cps: an offset and the values of each set, and where lists begin', async () => {
    const map = mapOf(8);
    const words = listWords(map, 10, 3, (values) => 1 + values);
    expect(await loweredBytes('cps', standard, map)).toBe(4 * words);
  });

  it('are two words for a set of a pointwise kernel, and the values that they point to', async () => {
    const map = mapOf(8);
    const words = listWords(map, 8, 16, () => 2);
    expect(await loweredBytes('cps', pointwise, map)).toBe(4 * (words + countNonZeros(map.data)));
  });
});

it.each(['im2col', 'mec'])('%s refuses depthwise layers, but no single channel', (id) => {
  const depthwise = convSpec({ ...standard, outChannels: CHANNELS, group: CHANNELS });
  expect(refusal(id, depthwise, [HEIGHT, WIDTH])).toMatch(/one input channel per group/);
  expect(refusal(id, convSpec({ ...standard, inChannels: 1 }), [HEIGHT, WIDTH])).toBeUndefined();
});
