import { describe, expect, it } from 'vitest';
import {
  type ActivationMap,
  cpo,
  cps,
  format,
  formats,
  type GeometryInput,
  mapStatistics,
} from '../src/index.ts';

const map: ActivationMap = { channels: 2, height: 3, width: 4, data: new Float32Array(24).fill(1) };
const kernel: GeometryInput = { kernel: [3, 3] };

function failure(action: () => unknown): Error & { code?: string } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('formats', () => {
  it('are found by id', () => {
    const published = ['im2col', 'mec', 'csr', 'cpo', 'cps-column', 'cps'];
    expect(formats.map(({ id }) => id).slice(0, published.length)).toEqual(published);
    for (const codec of formats) expect(format(codec.id)).toBe(codec);
  });

  it('an unknown id is answered with the valid ones', () => {
    expect(failure(() => format('cpx'))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: `Expected one of ${formats.map(({ id }) => id).join(', ')} for the format, received "cpx".`,
    });
  });

  it('tell what they store and how large it is', () => {
    for (const { summary, sizeFormula, arrayNames } of formats) {
      expect(summary).not.toBe('');
      expect(sizeFormula).not.toBe('');
      expect(arrayNames.at(-1)).toBe('values');
    }
  });
});

describe.each(formats.map((codec) => [codec.id, codec] as const))('%s', (_, codec) => {
  it.each([
    [
      'a map of another size',
      { ...map, width: 5 },
      kernel,
      'Expected 30 values for the map data, received 24.',
    ],
    [
      'data that are not float32',
      { ...map, data: new Float64Array(24) },
      kernel,
      'Expected a Float32Array for the map data',
    ],
    ['no channels', { ...map, channels: 0 }, kernel, 'for channels, received 0.'],
    ['a fractional height', { ...map, height: 1.5 }, kernel, 'for height, received 1.5.'],
    [
      'an oversized map',
      { ...map, channels: 1 << 20, height: 1 << 20 },
      kernel,
      'Expected at most 268435456 elements for the map',
    ],
    ['a kernel larger than the map', map, { kernel: [4, 3] }, 'Expected a padded input height of at least 4'],
    ['a stride of 0', map, { kernel: [3, 3], strides: [0, 1] }, 'for strides[0], received 0.'],
    [
      'oversized padding',
      map,
      { kernel: [3, 3], pads: [1 << 20, 1 << 20, 0, 0] },
      'elements for the padded map',
    ],
    [
      'an oversized kernel',
      { channels: 1, height: 1, width: 10_000, data: new Float32Array(10_000) },
      { kernel: [1, 9_000] },
      'for kernel extent × padded extent',
    ],
  ])('refuses %s', (_name, badMap, geometry, message) => {
    const error = failure(() => codec.encode(badMap as ActivationMap, geometry as GeometryInput));
    expect(error.message).toContain(message);
    expect(error.code).toMatch(/^ERR_/);
    expect(failure(() => mapStatistics(badMap as ActivationMap, geometry as GeometryInput)).message).toBe(
      error.message,
    );
  });

  it('refuses a parameter that it does not have', () => {
    expect(failure(() => codec.encode(map, kernel, { depth: 1 })).message).toContain(
      'for parameters, received "depth".',
    );
  });

  it('takes any kernel, stride, dilation and padding that fits', () => {
    expect(
      codec.refusal(map, { kernel: [2, 3], strides: [2, 3], dilations: [2, 1], pads: [1, 0, 0, 2] }),
    ).toBeUndefined();
  });

  it('counts the bytes and elements of its arrays', () => {
    const encoded = codec.encode(map, kernel);
    const arrays = Object.values(encoded.arrays);
    expect(codec.byteLength(encoded)).toBe(arrays.reduce((sum, array) => sum + array.byteLength, 0));
    expect(codec.elementCount(encoded)).toBe(arrays.reduce((sum, array) => sum + array.length, 0));
    expect(Object.keys(encoded.arrays)).toEqual(codec.arrayNames);
  });

  it('does not keep or change the map that it is given', () => {
    const own = { ...map, data: Float32Array.from(map.data) };
    const encoded = codec.encode(own, { kernel: [1, 1], strides: [2, 2] });
    expect(own.data).toEqual(map.data);
    own.data.fill(7);
    expect(codec.decode(encoded).data[0]).toBe(1);
  });

  it('takes data that are a view into a larger buffer', () => {
    const view = new Float32Array(30).fill(9, 0, 3).subarray(3, 27).fill(1);
    expect(codec.decode(codec.encode({ ...map, data: view }, kernel)).data).toEqual(map.data);
  });

  it('takes a one-element map', () => {
    const dot = { channels: 1, height: 1, width: 1, data: Float32Array.of(3) };
    expect(codec.decode(codec.encode(dot, { kernel: [1, 1] }))).toEqual(dot);
    expect(codec.decode(codec.encode(dot, { kernel: [3, 3], pads: [1, 1, 1, 1] }))).toEqual(dot);
  });
});

describe('refusal', () => {
  const wide = { channels: 512, height: 512, width: 512 };
  const geometry: GeometryInput = { kernel: [7, 7], pads: [3, 3, 3, 3] };

  it('names the reason', () => {
    expect(format('im2col').refusal(wide, geometry)).toBe(
      'its matrix would have 6576668672 elements, more than 1073741824',
    );
    expect(format('mec').refusal({ ...wide, channels: 1024 }, geometry)).toContain('its matrix would have');
    expect(format('csr').refusal({ ...wide, channels: 1024 }, geometry)).toContain(
      'the MEC matrix would have',
    );
    for (const id of ['cpo', 'cps-column', 'cps']) expect(format(id).refusal(wide, geometry)).toBeUndefined();
  });

  it('is of words that 32 bits do not hold', () => {
    const tall = { channels: 1, height: 153391, width: 1 };
    const broad: GeometryInput = { kernel: [1, 7000], pads: [0, 6999, 0, 0] };
    expect(format('cps-column').refusal(tall, broad)).toBe(
      'a word would be up to 4294975999, more than 32 bits hold',
    );
    expect(format('cpo').refusal(tall, broad)).toBeUndefined();
  });

  it('is the error of encode', () => {
    const tall = { channels: 1, height: 4096, width: 4096, data: new Float32Array(1 << 24) };
    expect(failure(() => format('im2col').encode(tall, { kernel: [9, 9] }))).toMatchObject({
      code: 'ERR_REFUSED',
      message:
        'Format im2col refuses this map: its matrix would have 1353651264 elements, more than 1073741824.',
    });
  });
});

describe('tileWidth of cps', () => {
  it('is 4 unless told, and from 2 to 8', () => {
    expect(cps.encode(map, kernel).parameters).toEqual({ tileWidth: 4 });
    expect(cps.encode(map, kernel, { tileWidth: 2 }).parameters).toEqual({ tileWidth: 2 });
    for (const tileWidth of [1, 9, 2.5]) {
      expect(failure(() => cps.encode(map, kernel, { tileWidth })).message).toContain(
        'from 2 to 8 for tileWidth',
      );
      expect(failure(() => mapStatistics(map, kernel, { tileWidth })).message).toContain(
        'from 2 to 8 for tileWidth',
      );
    }
  });
});

describe('dilation in CPO', () => {
  it('reads every second slab: the positions step with it', () => {
    const row = { channels: 1, height: 1, width: 7, data: Float32Array.of(0, 0, 0, 0, 5, 0, 0) };
    const { arrays } = cpo.encode(row, { kernel: [1, 3], dilations: [1, 2] });
    expect([...arrays.indices!]).toEqual([2]);
    expect([...arrays.values!]).toEqual([5]);
  });
});
