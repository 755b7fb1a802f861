import { describe, expect, it } from 'vitest';
import { cpo, cps, cpsColumn, csr, explain, im2col, mec } from '../src/index.ts';
import { WORKED_EXAMPLE } from './maps.ts';

const geometry = { kernel: [3, 3] } as const;

describe('the worked example: a 4×6 map, kernel 3×3, stride 1', () => {
  it('CPO has the arrays of the definition', () => {
    const encoded = cpo.encode(WORKED_EXAMPLE, geometry);
    expect(explain(encoded)).toBe(
      [
        '1 0 2 0 0 3        r=1  ptr 0 2 2 2 4   IN 0 6 2 8    DA 1 6 3 8',
        '0 4 0 5 0 0        r=2  ptr 0 1 1 2 2   IN 4 11       DA 4 1',
        '6 0 0 7 0 8        r=3  ptr 0 2 4 4 4   IN 2 11 5 8   DA 2 9 5 7',
        '0 0 9 0 1 0',
      ].join('\n'),
    );
  });

  it('CPO stores them end to end, with trimmed pointers', () => {
    expect(cpo.encode(WORKED_EXAMPLE, geometry).arrays).toEqual({
      channelFlags: Uint8Array.of(1),
      channelStarts: Uint8Array.of(0, 10),
      cellEnds: Uint8Array.of(2, 4, 5, 6, 8, 10),
      indices: Uint8Array.of(0, 6, 2, 8, 4, 11, 2, 11, 5, 8),
      values: Float32Array.of(1, 6, 3, 8, 4, 1, 2, 9, 5, 7),
    });
  });

  it('CPS with column sets has one word for every column that holds a non-zero', () => {
    expect(cpsColumn.encode(WORKED_EXAMPLE, geometry).arrays).toEqual({
      channelFlags: Uint8Array.of(1),
      channelStarts: Uint8Array.of(0, 6),
      valueStarts: Uint8Array.of(0, 10),
      cellEnds: Uint8Array.of(1, 2, 3, 4, 5, 6),
      words: Uint8Array.of(0x05, 0x25, 0x12, 0x28, 0x29, 0x26),
      values: Float32Array.of(1, 6, 3, 8, 4, 1, 2, 9, 5, 7),
    });
  });

  it('CPS with tile sets of 4 has two tiles per row', () => {
    const { arrays } = cps.encode(WORKED_EXAMPLE, geometry);
    expect(arrays.listFlags).toEqual(Uint8Array.of(0b11110111));
    expect(arrays.rowLists).toEqual(Uint8Array.of(0, 2, 3, 5, 7));
    expect(arrays.rowSets).toEqual(Uint8Array.of(0, 2, 3, 5, 7));
    expect(arrays.rowValues).toEqual(Uint8Array.of(0, 3, 5, 8, 10));
    expect(arrays.channels).toEqual(new Uint8Array(7));
    expect(arrays.values).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 1));
    const patternOfList = [0b0101, 0b0010, 0b1010, 0b1001, 0b0010, 0b0100, 0b0001];
    const ends = patternOfList.flatMap((pattern) =>
      Array.from({ length: 15 }, (_, i) => (i + 1 < pattern ? 0 : 1)),
    );
    expect([...arrays.patternEnds!]).toEqual(ends);
  });

  it('im2col has a row per output, MEC a row per slab', () => {
    const rows = im2col.encode(WORKED_EXAMPLE, geometry).arrays.values!;
    expect(rows).toHaveLength(8 * 9);
    expect([...rows.subarray(0, 9)]).toEqual([1, 0, 2, 0, 4, 0, 6, 0, 0]);
    expect([...rows.subarray(63)]).toEqual([5, 0, 0, 7, 0, 8, 0, 1, 0]);
    const slabs = mec.encode(WORKED_EXAMPLE, geometry).arrays.values!;
    expect(slabs).toHaveLength(4 * 12);
    expect([...slabs.subarray(36)]).toEqual([0, 0, 3, 5, 0, 0, 7, 0, 8, 0, 1, 0]);
  });

  it('CSR has the non-zeros of the MEC matrix', () => {
    const { arrays } = csr.encode(WORKED_EXAMPLE, geometry);
    expect(arrays.rowPointers).toEqual(Uint8Array.of(0, 5, 10, 15, 20));
    expect([...arrays.columnIndices!.subarray(15)]).toEqual([2, 3, 6, 8, 10]);
    expect([...arrays.values!.subarray(15)]).toEqual([3, 5, 7, 8, 1]);
  });
});
