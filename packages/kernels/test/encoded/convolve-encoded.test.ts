import { type ActivationMap, type EncodedMap, format, formats } from '@zeroskip/formats';
import { type ConvSpec, convSpec, outputSize, Tensor, weightCount } from '@zeroskip/tensor';
import {
  compareConvolution,
  convolutionReference,
  edgeCases,
  seededBias,
  seededWeights,
  sparseValues,
} from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { Convolution, convolve, convolveEncoded, encodableFormats } from '../../src/index.ts';
import { mapOf } from './maps.ts';

describe.each(encodableFormats)('a map in %s', (id) => {
  it('is convolved from its arrays alone, with the bits of the algorithm, on any number of threads', async () => {
    for (const edgeCase of edgeCases()) {
      const { spec, input, name } = edgeCase;
      const map = mapOf(edgeCase);
      const weights = seededWeights(edgeCase);
      const bias = seededBias(edgeCase);
      const encoded = format(id).encode(map, spec);
      const options = bias ? { bias } : {};
      const { output, bytes } = await convolveEncoded(encoded, weights, spec, { ...options, threads: 1 });
      const three = await convolveEncoded(encoded, weights, spec, { ...options, threads: 3 });
      const operands = { spec, batch: 1, input, map: map.data, weights, bias };
      const reference = convolutionReference(operands);
      expect(output.dims, name).toEqual(reference.dims);
      expect(compareConvolution(operands, output.data, reference), name).toBeUndefined();
      expect(bytes, name).toBe(format(id).byteLength(encoded));
      using convolution = new Convolution(spec, weights, bias, { algorithm: id });
      const tensor = new Tensor('float32', map.data, [1, spec.inChannels, ...input]);
      const whole = await convolve(tensor, convolution);
      for (const other of [three.output, whole])
        expect(Buffer.compare(bufferOf(other), bufferOf(output)), name).toBe(0);
    }
  });

  it('takes a bias and an activation', async () => {
    const map: ActivationMap = { channels: 2, height: 4, width: 5, data: sparseValues(40, 0.5, 3) };
    const spec = convSpec({ inChannels: 2, outChannels: 20, kernel: [3, 3] });
    const weights = sparseValues(weightCount(spec), 1, 4);
    const encoded = format(id).encode(map, spec);
    const bias = new Float32Array(20).fill(-0.25);
    const plain = await convolveEncoded(encoded, weights, spec, { bias });
    const relu = await convolveEncoded(encoded, weights, spec, { bias, activation: { name: 'relu' } });
    expect(relu.output.data).toEqual(plain.output.data.map((value) => Math.max(0, value)));
  });
});

function bufferOf({ data }: Tensor<'float32'>): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Products of the elements of a map that are not zero, by the definition. */
function productsOf({ channels, height, width, data }: ActivationMap, spec: ConvSpec): number {
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  const reads = (axis: 0 | 1, extent: number, outputs: number) =>
    Array.from({ length: extent }, (_, at) => {
      let count = 0;
      for (let k = 0; k < spec.kernel[axis]; k++) {
        const output = (at + spec.pads[axis] - k * spec.dilations[axis]) / spec.strides[axis];
        if (Number.isInteger(output) && output >= 0 && output < outputs) count++;
      }
      return count;
    });
  const [rows, columns] = [reads(0, height, outHeight), reads(1, width, outWidth)];
  let products = 0;
  for (let i = 0; i < channels * height * width; i++) {
    if (data[i] !== 0) products += rows[Math.floor(i / width) % height]! * columns[i % width]!;
  }
  return (products * spec.outChannels) / spec.group;
}

const CHANNELS = 6;
const [HEIGHT, WIDTH] = [40, 24];

function mapWith(keeps: (channel: number, row: number, column: number) => boolean): ActivationMap {
  const data = sparseValues(CHANNELS * HEIGHT * WIDTH, 0.6, 8);
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / WIDTH);
    if (!keeps(Math.floor(row / HEIGHT), row % HEIGHT, i % WIDTH)) data[i] = 0;
  }
  return { channels: CHANNELS, height: HEIGHT, width: WIDTH, data };
}

describe.each(encodableFormats)('what %s multiplies', (id) => {
  const work = async (map: ActivationMap, spec: ConvSpec, threads = 2) =>
    (
      await convolveEncoded(format(id).encode(map, spec), sparseValues(weightCount(spec), 1, 4), spec, {
        threads,
      })
    ).products;

  it.each([
    ['plain', {}],
    ['padded', { pads: [2, 1, 0, 3] }],
    ['strided', { strides: [2, 3] }],
    ['dilated', { dilations: [2, 3], pads: [1, 1, 1, 1] }],
    ['strided and dilated', { strides: [3, 2], dilations: [2, 4] }],
    ['grouped', { group: 2 }],
  ] as const)(
    'is each non-zero element with the taps that meet it, once per filter: %s',
    async (_, geometry) => {
      const spec = convSpec({ inChannels: CHANNELS, outChannels: 40, kernel: [3, 3], ...geometry });
      const map = mapWith(() => true);
      for (const threads of [1, 3]) expect(await work(map, spec, threads)).toBe(productsOf(map, spec));
    },
  );

  it.each([
    ['many filters', 40, 1],
    ['one filter', 1, 1],
    ['depthwise', CHANNELS, CHANNELS],
  ])('is nothing of zero channels, rows and regions: %s', async (_, outChannels, group) => {
    const spec = convSpec({ inChannels: CHANNELS, outChannels, kernel: [3, 3], group });
    const all = await work(
      mapWith(() => true),
      spec,
    );
    expect(
      await work(
        mapWith(() => false),
        spec,
      ),
    ).toBe(0);
    // Half the channels.
    expect(
      await work(
        mapWith((channel) => channel % 2 === 0),
        spec,
      ),
    ).toBeLessThan(0.55 * all);
    // 6 of 40 rows: of few filters, whole vectors of rows.
    expect(
      await work(
        mapWith((_channel, row) => row >= 2 && row < 8),
        spec,
      ),
    ).toBeLessThan(0.45 * all);
    // 8 of 24 columns.
    expect(
      await work(
        mapWith((_channel, _row, column) => column < 8),
        spec,
      ),
    ).toBeLessThan(0.4 * all);
  });
});

describe('convolveEncoded refuses', () => {
  const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [3, 3], pads: [1, 1, 1, 1] });
  const map: ActivationMap = { channels: 2, height: 5, width: 6, data: sparseValues(60, 0.5, 3) };
  const weights = sparseValues(weightCount(spec), 1, 4);
  const encoded = format('cpo').encode(map, spec);
  const refused = (of: EncodedMap, w: Float32Array, s: ConvSpec) => expect(convolveEncoded(of, w, s)).rejects;

  it('formats that nothing multiplies natively', async () => {
    for (const { id, encode } of formats) {
      if (encodableFormats.some((known) => known === id)) continue;
      await refused(encode(map, spec), weights, spec).toThrow(
        `Expected one of cpo, cps-column for the format of a map that is convolved, received "${id}".`,
      );
    }
  });

  it('another geometry, or other channels, than the map was encoded for', async () => {
    await refused(encoded, weights, { ...spec, pads: [0, 0, 0, 0] }).toThrow(
      'Expected [1,1,1,1], for which the map was encoded for spec.pads, received "[0,0,0,0]".',
    );
    await refused(encoded, weights, { ...spec, strides: [2, 1] }).toMatchObject({
      code: 'ERR_INVALID_SHAPE',
    });
    const wider = convSpec({ ...spec, inChannels: 4 });
    await refused(encoded, sparseValues(weightCount(wider), 1, 4), wider).toThrow('for spec.inChannels');
  });

  it('weights that are not finite, or not as many as the spec has', async () => {
    await refused(encoded, weights.with(3, Number.NaN), spec).toMatchObject({ code: 'ERR_REFUSED' });
    await refused(encoded, weights.subarray(1), spec).toMatchObject({ code: 'ERR_INVALID_SHAPE' });
  });

  it('sizes that change after they were checked', async () => {
    let reads = 0;
    const shape = {
      channels: 2,
      width: 6,
      get height() {
        return reads++ === 0 ? 5 : 5000;
      },
    };
    const { output } = await convolveEncoded({ ...encoded, shape }, weights, spec);
    expect(output.dims).toEqual([1, 3, 5, 6]);
  });

  it('arrays that are missing, of another class, or damaged', async () => {
    const with_ = (arrays: object) => ({ ...encoded, arrays: { ...encoded.arrays, ...arrays } });
    for (const arrays of [
      { indices: undefined },
      { indices: new Uint32Array(encoded.arrays.indices!) },
      { indices: encoded.arrays.indices!.slice().fill(255) },
      { cellEnds: encoded.arrays.cellEnds!.slice().fill(200) },
      { channelStarts: encoded.arrays.channelStarts!.slice(1) },
      { values: encoded.arrays.values!.slice(1) },
      { more: new Uint8Array(1) },
      { values: new DataView(new ArrayBuffer(8)) },
    ]) {
      await refused(with_(arrays) as EncodedMap, weights, spec).toMatchObject({ code: 'ERR_INVALID_FORMAT' });
    }
    await refused(undefined as never, weights, spec).toThrow('Expected an object for the encoded map');
    await refused({ ...encoded, arrays: undefined } as never, weights, spec).toMatchObject({
      code: 'ERR_INVALID_FORMAT',
    });
  });
});
