import { describe, expect, it } from 'vitest';
import {
  type ActivationMap,
  cpo,
  cps,
  cpsColumn,
  csr,
  type EncodedMap,
  format,
  formats,
  mapStatistics,
  measureSizes,
} from '../src/index.ts';
import { WORKED_EXAMPLE } from './maps.ts';

function classes({ arrays }: EncodedMap): Record<string, string> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.constructor.name]));
}

function filled(channels: number, height: number, width: number, value = 1): ActivationMap {
  return { channels, height, width, data: new Float32Array(channels * height * width).fill(value) };
}

describe('index widths', () => {
  it('CPO: 8 bits up to Ih·Kw = 256, 16 above, 32 above 65536', () => {
    const indexClass = (height: number, kernel: number) =>
      classes(cpo.encode(filled(1, height, kernel, 0), { kernel: [1, kernel] })).indices;
    expect(indexClass(64, 4)).toBe('Uint8Array');
    expect(indexClass(257, 1)).toBe('Uint16Array');
    expect(indexClass(16384, 4)).toBe('Uint16Array');
    expect(indexClass(16385, 4)).toBe('Uint32Array');
  });

  it('CPO: pointers by the fullest channel, starts by the number of non-zeros', () => {
    expect(classes(cpo.encode(filled(1, 15, 17), { kernel: [1, 1] }))).toMatchObject({
      channelStarts: 'Uint8Array',
      cellEnds: 'Uint8Array',
    });
    expect(classes(cpo.encode(filled(2, 15, 17), { kernel: [1, 1] }))).toMatchObject({
      channelStarts: 'Uint16Array',
      cellEnds: 'Uint8Array',
    });
    expect(classes(cpo.encode(filled(1, 16, 16), { kernel: [1, 1] }))).toMatchObject({
      channelStarts: 'Uint16Array',
      cellEnds: 'Uint16Array',
    });
    expect(classes(cpo.encode(filled(1, 256, 256), { kernel: [1, 1] }))).toMatchObject({
      channelStarts: 'Uint32Array',
      cellEnds: 'Uint32Array',
    });
  });

  it('CPS with column sets: words by four rows at a time', () => {
    const wordClass = (height: number) =>
      classes(cpsColumn.encode(filled(1, height, 1), { kernel: [1, 1] })).words;
    expect(wordClass(64)).toBe('Uint8Array');
    expect(wordClass(65)).toBe('Uint16Array');
    expect(wordClass(16385)).toBe('Uint32Array');
  });

  it('CPS with tile sets: a channel is one byte, pointers by the fullest list', () => {
    const ends = (channels: number) => classes(cps.encode(filled(channels, 1, 4), { kernel: [1, 1] }));
    expect(ends(255)).toMatchObject({ channels: 'Uint8Array', patternEnds: 'Uint8Array' });
    expect(ends(256)).toMatchObject({ channels: 'Uint8Array', patternEnds: 'Uint16Array' });
    expect(ends(1000)).toMatchObject({
      channels: 'Uint8Array',
      patternEnds: 'Uint16Array',
      rowSets: 'Uint16Array',
    });
  });

  it('CSR: columns by Ih·Kw·C, pointers by the non-zeros of the matrix', () => {
    expect(classes(csr.encode(filled(16, 16, 1), { kernel: [1, 1] }))).toMatchObject({
      columnIndices: 'Uint8Array',
      rowPointers: 'Uint16Array',
    });
    expect(classes(csr.encode(filled(16, 17, 1, 0), { kernel: [1, 1] }))).toMatchObject({
      columnIndices: 'Uint16Array',
      rowPointers: 'Uint8Array',
    });
  });
});

describe('sizes by hand', () => {
  it('of the worked example', () => {
    expect(measureSizes(WORKED_EXAMPLE, { kernel: [3, 3] })).toMatchObject({
      im2col: 4 * 8 * 9,
      mec: 4 * 4 * 12,
      csr: 20 * 5 + 5,
      cpo: 10 * 5 + 6 + 2 + 1,
      'cps-column': 10 * 4 + 6 + 6 + 2 + 2 + 1,
      cps: 10 * 4 + 7 + 7 * 15 + 3 * 5 + 1,
    });
  });

  it('of an empty region: CPS pays one bit per tile', () => {
    const map = filled(64, 16, 16, 0);
    map.data[0] = 1;
    const one = cps.byteLength(cps.encode(map, { kernel: [1, 1] }));
    expect(one).toBe(4 + 1 + 15 + 3 * 17 + 8);
  });

  it('tileWidth counts for cps only', () => {
    const map = filled(8, 4, 9);
    const [two, four] = [2, 4].map((tileWidth) => measureSizes(map, { kernel: [3, 3] }, { tileWidth }));
    expect({ ...two, cps: 0 }).toEqual({ ...four, cps: 0 });
    expect(two!.cps).not.toBe(four!.cps);
  });
});

describe('elements as published', () => {
  it('of the worked example', () => {
    const statistics = mapStatistics(WORKED_EXAMPLE, { kernel: [3, 3] });
    const elements = Object.fromEntries(
      formats.map(({ id, publishedElements }) => [id, publishedElements(statistics)]),
    );
    expect(elements).toMatchObject({
      im2col: 2 * 4 * 9,
      mec: 4 * 3 * 4,
      csr: 5 + 2 * 20,
      cpo: 3 * 5 + 2 * 10,
      'cps-column': 3 * 5 + 10 + (2 + 2 + 1 + 1 + 2 + 2),
      cps: undefined,
    });
  });

  it('count pointers once for all channels, and take real strides and padding', () => {
    const statistics = mapStatistics(filled(5, 4, 6), {
      kernel: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 0, 0],
    });
    expect(format('cpo').publishedElements(statistics)).toBe(2 * (3 + 1) + 2 * statistics.nonZeros);
    expect(format('mec').publishedElements(statistics)).toBe(3 * 3 * 5 * 5);
  });

  it('the words of column sets are never more than the published indices', () => {
    for (const density of [0, 0.1, 0.3, 0.6, 1]) {
      const map = filled(3, 11, 9);
      for (let i = 0; i < map.data.length; i++) if ((i * 7919) % 100 >= density * 100) map.data[i] = 0;
      const statistics = mapStatistics(map, { kernel: [3, 3] });
      const words = cpsColumn.encode(map, { kernel: [3, 3] }).arrays.words!.length;
      expect(words).toBe(statistics.columnSets);
      expect(words).toBeLessThanOrEqual(statistics.publishedSetIndices);
    }
  });
});

describe('mapStatistics', () => {
  it('counts what the sizes follow from', () => {
    expect(mapStatistics(WORKED_EXAMPLE, { kernel: [3, 3] })).toMatchObject({
      nonZeros: 10,
      loweredNonZeros: 20,
      nonEmptyChannels: 1,
      maxChannelNonZeros: 10,
      columnSets: 6,
      maxChannelColumnSets: 6,
      publishedSetIndices: 10,
      tileWidth: 4,
      tileSets: 7,
      nonEmptyTiles: 7,
      maxTileSets: 1,
    });
  });

  it('leaves out what no output reads', () => {
    expect(mapStatistics(WORKED_EXAMPLE, { kernel: [1, 1], strides: [2, 2] }).nonZeros).toBe(3);
  });
});
