import { type ActivationMap, type EncodedMap, formats, type GeometryInput, toBytes } from '@zeroskip/formats';
import { mapCases, sparseValues } from '@zeroskip/test-utils';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeFormat, nativeFormats, selectTarget, targets } from '../src/index.ts';

const supported = targets().filter((target) => target.supported);
const best = supported.at(-1)!.name;

function bytesOf(encoded: EncodedMap): Buffer {
  return Buffer.from(toBytes(encoded));
}

function bitsOf({ data }: ActivationMap): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function expectSame(id: string, map: ActivationMap, geometry: GeometryInput, parameters = {}): void {
  const typeScript = formats.find((row) => row.id === id)!;
  const native = nativeFormat(id);
  const expected = typeScript.encode(map, geometry, parameters);
  const encoded = native.encode(map, geometry, parameters);
  expect(bytesOf(encoded).equals(bytesOf(expected))).toBe(true);
  expect(Object.keys(encoded.arrays)).toEqual([...typeScript.arrayNames]);
  expect(bitsOf(native.decode(expected)).equals(bitsOf(typeScript.decode(expected)))).toBe(true);
}

function sparseMap(channels: number, height: number, width: number, density: number): ActivationMap {
  return {
    channels,
    height,
    width,
    data: sparseValues(channels * height * width, density, channels + width),
  };
}

describe.each(supported.map(({ name }) => name))('on %s', (target) => {
  beforeAll(() => selectTarget(target));
  afterAll(() => selectTarget(best));

  describe.each(formats.map(({ id }) => id))('native %s', (id) => {
    it('has the bytes of the TypeScript encoder, for any geometry, density and value, and decodes them', () => {
      fc.assert(
        fc.property(mapCases, ({ map, geometry }) => expectSame(id, map, geometry)),
        { seed: 6, numRuns: 200 },
      );
    });

    it.each([
      ['columns of more rows than a mask has bits', sparseMap(3, 150, 9, 0.4), [3, 1]],
      ['rows of more tiles than a strip has', sparseMap(5, 3, 700, 0.3), [1, 7]],
      ['one channel more than a block', sparseMap(257, 3, 9, 0.5), [3, 3]],
      ['three blocks of channels', sparseMap(600, 2, 5, 0.2), [2, 2]],
      ['a map without zeros', sparseMap(256, 4, 8, 1), [3, 3]],
      ['a map of zeros', sparseMap(70, 6, 6, 0), [3, 3]],
      ['one value', { channels: 1, height: 1, width: 1, data: Float32Array.of(Number.NaN) }, [1, 1]],
      ['a view into a larger buffer', viewOf(sparseMap(4, 5, 6, 0.5)), [3, 3]],
    ] as const)('has the same bytes for %s', (_name, map, kernel) => {
      const pads = [1, 1, 1, 1] as const;
      expectSame(id, map, { kernel, pads });
      expectSame(id, map, { kernel, pads, strides: [2, 1] });
    });
  });

  it('native cps takes every tile width', () => {
    const cases = fc.tuple(mapCases, fc.integer({ min: 2, max: 8 }));
    fc.assert(
      fc.property(cases, ([{ map, geometry }, tileWidth]) => expectSame('cps', map, geometry, { tileWidth })),
      { seed: 7, numRuns: 300 },
    );
    for (let tileWidth = 2; tileWidth <= 8; tileWidth++) {
      const geometry = { kernel: [3, 3], pads: [2, 3, 1, 0] } as const;
      expectSame('cps', sparseMap(300, 4, 530, 0.4), geometry, { tileWidth });
    }
  });
});

function viewOf(map: ActivationMap): ActivationMap {
  const data = new Float32Array(map.data.length + 7).subarray(5, 5 + map.data.length);
  data.set(map.data);
  return { ...map, data };
}

describe('native formats', () => {
  const map = sparseMap(2, 4, 4, 0.5);
  const geometry = { kernel: [3, 3] } as const;

  it('are those of @zeroskip/formats, with its errors', () => {
    expect(nativeFormats.map(({ id }) => id)).toEqual(formats.map(({ id }) => id));
    const unknown = expect.objectContaining({ expected: expect.stringContaining('cps-column') });
    expect(() => nativeFormat('coo')).toThrowError(unknown);
    const cps = nativeFormat('cps');
    expect(() => cps.encode({ ...map, height: 5 }, geometry)).toThrow(
      'Expected 40 values for the map data, received 32.',
    );
    expect(() => cps.encode(map, geometry, { tileWidth: 9 })).toThrow(
      /Expected .* for tileWidth, received 9/,
    );
  });

  it('check what they decode', () => {
    for (const row of nativeFormats) {
      const encoded = row.encode(map, geometry);
      const name = row.arrayNames.at(-1)!;
      const arrays = { ...encoded.arrays, [name]: encoded.arrays[name]!.slice(1) };
      expect(() => row.decode({ ...encoded, arrays }), row.id).toThrowError(
        expect.objectContaining({ code: 'ERR_INVALID_FORMAT' }),
      );
    }
  });

  it('take maps and arrays in shared memory', () => {
    const shared = <T extends Float32Array | Uint8Array | Uint16Array | Uint32Array>(array: T): T => {
      const buffer = new SharedArrayBuffer(Math.max(array.byteLength, 1));
      const copy = new (array.constructor as new (buffer: SharedArrayBuffer, at: number, n: number) => T)(
        buffer,
        0,
        array.length,
      );
      copy.set(array as never);
      return copy;
    };
    for (const row of nativeFormats) {
      const encoded = row.encode({ ...map, data: shared(map.data) }, geometry);
      expect(bytesOf(encoded).equals(bytesOf(row.encode(map, geometry))), row.id).toBe(true);
      const arrays = Object.fromEntries(
        Object.entries(encoded.arrays).map(([name, array]) => [name, shared(array)]),
      );
      expect(row.decode({ ...encoded, arrays }).data, row.id).toEqual(map.data);
    }
  });
});
