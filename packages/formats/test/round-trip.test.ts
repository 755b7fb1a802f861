import { bits, type MapCase, mapCases, mapsOf } from '@zeroskip/test-utils';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cpo,
  cps,
  type EncodedMap,
  format,
  formats,
  fromBytes,
  mapStatistics,
  measureSizes,
  readableMap,
  toBytes,
} from '../src/index.ts';
import { DENSE, SPARSE } from './maps.ts';

/** What a convolution reads of a map, bit by bit; formats that skip zeros have no -0. */
function expectedBits({ map, geometry }: MapCase, id: string): Uint32Array {
  const readable = bits(readableMap(map, geometry).data);
  if (DENSE.includes(id)) return readable;
  return readable.map((value) => (value === 0x80000000 ? 0 : value));
}

function expectEqualBits(actual: Uint32Array, expected: Uint32Array): void {
  expect(Buffer.compare(Buffer.from(actual.buffer), Buffer.from(expected.buffer))).toBe(0);
}

function bytesOf(encoded: EncodedMap): Buffer {
  return Buffer.from(toBytes(encoded));
}

describe.each(formats.map(({ id }) => id))('%s', (id) => {
  const codec = format(id);

  it('decodes to what was encoded, for any geometry, density and value', () => {
    fc.assert(
      fc.property(mapCases, (mapCase) => {
        const encoded = codec.encode(mapCase.map, mapCase.geometry);
        const decoded = codec.decode(encoded);
        expect(decoded).toMatchObject({
          channels: mapCase.map.channels,
          height: mapCase.map.height,
          width: mapCase.map.width,
        });
        expectEqualBits(bits(decoded.data), expectedBits(mapCase, id));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('has the bytes of its formula, and of measureSizes', () => {
    fc.assert(
      fc.property(mapCases, ({ map, geometry }) => {
        const size = codec.byteLength(codec.encode(map, geometry));
        expect(codec.formulaBytes(mapStatistics(map, geometry))).toBe(size);
        expect(measureSizes(map, geometry)[id]).toBe(size);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('comes back from a container, and a decoded map encodes to the same bytes', () => {
    fc.assert(
      fc.property(mapCases, ({ map, geometry }) => {
        const encoded = codec.encode(map, geometry);
        const read = fromBytes(toBytes(encoded));
        expect({ ...read, arrays: {} }).toEqual({ ...encoded, arrays: {} });
        expect(bytesOf(read).equals(bytesOf(encoded))).toBe(true);
        expect(bytesOf(codec.encode(codec.decode(encoded), geometry)).equals(bytesOf(encoded))).toBe(true);
      }),
      { seed: 3, numRuns: 150 },
    );
  });
});

describe('cps', () => {
  it('takes every tile width', () => {
    const cases = fc.tuple(mapCases, fc.integer({ min: 2, max: 8 }));
    fc.assert(
      fc.property(cases, ([mapCase, tileWidth]) => {
        const { map, geometry } = mapCase;
        const encoded = cps.encode(map, geometry, { tileWidth });
        expectEqualBits(bits(cps.decode(encoded).data), expectedBits(mapCase, 'cps'));
        expect(cps.formulaBytes(mapStatistics(map, geometry, { tileWidth }))).toBe(cps.byteLength(encoded));
        expect(cps.decode(fromBytes(toBytes(encoded)))).toEqual(cps.decode(encoded));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it.each([255, 256, 257, 512, 600])('takes %i channels, in blocks of 256', (channels) => {
    const geometry = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;
    fc.assert(
      fc.property(mapsOf(fc.constant(channels)), (map) => {
        const small = { channels, height: 2, width: 3, data: map.data.slice(0, channels * 6) };
        fc.pre(map.data.length >= channels * 6);
        const encoded = cps.encode(small, geometry);
        expectEqualBits(bits(cps.decode(encoded).data), expectedBits({ map: small, geometry }, 'cps'));
        expect(cps.byteLength(encoded)).toBe(cps.formulaBytes(mapStatistics(small, geometry)));
      }),
      { seed: 5, numRuns: 4 },
    );
  });
});

describe('sparse formats', () => {
  it.each(SPARSE)('%s gives +0 for -0', (id) => {
    const map = { channels: 1, height: 1, width: 2, data: Float32Array.of(-0, -1) };
    expect(format(id).decode(format(id).encode(map, { kernel: [1, 1] })).data).toEqual(
      Float32Array.of(0, -1),
    );
  });

  it('leave out what no output reads: a stride that steps over columns, a last row that no window reaches', () => {
    const map = { channels: 1, height: 2, width: 4, data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    for (const codec of formats) {
      const encoded = codec.encode(map, { kernel: [1, 1], strides: [2, 3] });
      expect([...codec.decode(encoded).data], codec.id).toEqual([1, 0, 0, 4, 0, 0, 0, 0]);
    }
  });

  it('an all-zero channel costs its flag, an all-zero map no value at all', () => {
    const size = 8 * 8;
    const one = new Float32Array(64 * size);
    one.fill(1, 5 * size, 6 * size);
    const encoded = cpo.encode({ channels: 64, height: 8, width: 8, data: one }, { kernel: [3, 3] });
    expect(encoded.arrays.channelFlags).toEqual(Uint8Array.of(32, 0, 0, 0, 0, 0, 0, 0));
    expect(encoded.arrays.channelStarts).toHaveLength(2);
    const empty = { channels: 64, height: 8, width: 8, data: new Float32Array(64 * size) };
    for (const id of ['csr', 'cpo', 'cps-column', 'cps']) {
      const arrays = format(id).encode(empty, { kernel: [3, 3] }).arrays;
      expect(arrays.values, id).toHaveLength(0);
    }
  });
});
