/*
 * CPO, Compressed Pattern Overlap: every non-zero element once, channel by channel, grouped by how many slabs
 * read its column.
 *
 *   Slab n reads the padded columns n·Sw + k·Dw (k is the tap). A column that slabs n0 … n1 read has overlap
 *   r = number of those slabs and first slab n0. A cell is one (r, n0); cells ascend by r, then by n0, and
 *   only those exist that some column of the map (not of the padding) falls into.
 *
 *   channelFlags   ⌈C/8⌉ bytes     bit c: channel c has a non-zero
 *   channelStarts  channels' + 1   first entry of each flagged channel, then nnz
 *   cellEnds       channels'·cells end of the cell's entries, from the channel's first entry
 *   indices  (IN)  nnz             i·Kw + k: row i of the padded map, tap k in slab n0
 *   values   (DA)  nnz float32
 *
 *       channel 0                                     channel 2 (1 has no non-zero)
 *       ┌ r=1 ──────────┬ r=2 ──────────┬ r=3 ─────┐  ┌ r=1 …
 *       │ n0=0 │ n0=3   │ n0=0 │ n0=2   │ …        │  │
 *       └ in a cell: by column, then by row ───────┘  └
 *
 *   Replay: the t-th slab that reads an entry, 0 ≤ t < r, is n0 + t·Dw/g, there at tap k - t·Sw/g, with
 *   g = gcd(Sw, Dw). Row i feeds every output row y with i = y·Sh + ky·Dh. Neither costs storage.
 *
 *   bytes    nnz·(4 + index bytes) + channels'·cells·end bytes + (channels'+1)·start bytes + ⌈C/8⌉
 *   elements ceil(Kw/Sw)·(Ow+1) + 2·nnz, as published: pointers are counted once for all channels
 *
 * Index width: by Ih·Kw - 1. End width: by the non-zeros of the fullest channel. Start width: by nnz.
 */

import { bitmapBytes } from './arrays/bitmap.ts';
import { cellsOf, columnOf, groupPointers } from './arrays/cells.ts';
import { channelPointers, validateChannelPointers, visitCells } from './arrays/channel-pointers.ts';
import { assertClass, assertLength, invalid } from './arrays/checks.ts';
import { type IndexArray, indexArray, indexBytes, indexClass } from './arrays/index-width.ts';
import { showValues } from './arrays/show-values.ts';
import { defineFormat } from './define-format.ts';
import type { Layer } from './format.ts';
import { bitsOf, MAGNITUDE } from './map/activation-map.ts';
import { cpoElements, publishedLayer } from './published/elements.ts';

type CpoArrays = {
  readonly channelFlags: Uint8Array;
  readonly channelStarts: IndexArray;
  readonly cellEnds: IndexArray;
  readonly indices: IndexArray;
  readonly values: Float32Array;
};

function maxIndex({ reads, geometry }: Layer): number {
  return reads.paddedHeight * geometry.kernel[1] - 1;
}

/**
 * Compressed Pattern Overlap (arXiv 2104.08314). In the paper's terms: a non-zero element (NZE) that one slab reads
 * has no pattern overlap (NPO), one that `r ≥ 2` slabs read is of pattern PO_r. Of its arrays, `values` are DA,
 * `indices` are IN (position in the first slab that reads the element), and `channelStarts` with `cellEnds` are ptr,
 * trimmed.
 */
export const cpo = defineFormat<CpoArrays>({
  id: 'cpo',
  summary: 'every non-zero once, with its position in the first slab that reads it',
  sparse: true,
  sizeFormula:
    "nnz·(4 + index bytes) + C'·cells·end bytes + (C'+1)·start bytes + ⌈C/8⌉, C' = channels with a non-zero",
  arrayNames: ['channelFlags', 'channelStarts', 'cellEnds', 'indices', 'values'],
  encode(map, context) {
    const { channels, height, width } = map;
    const { kernel, pads } = context.geometry;
    const { tap } = context.reads.columns;
    const cells = cellsOf(context.reads);
    const bits = bitsOf(map.data);
    const counts = new Uint32Array(channels * cells.length);
    const visitNonZeros = (visit: (cell: number, row: number, column: number, element: number) => void) => {
      for (let channel = 0; channel < channels; channel++) {
        for (const [index, { columns }] of cells.entries()) {
          for (const column of columns) {
            let at = channel * height * width + column - pads[1];
            for (let y = 0; y < height; y++, at += width) {
              if ((bits[at]! & MAGNITUDE) !== 0)
                visit(channel * cells.length + index, y + pads[0], column, at);
            }
          }
        }
      }
    };
    let nonZeros = 0;
    visitNonZeros((cell) => {
      counts[cell]!++;
      nonZeros++;
    });
    const pointers = channelPointers(counts, channels, cells.length);
    const indices = indexArray(maxIndex(context), nonZeros);
    const values = new Float32Array(nonZeros);
    const target = bitsOf(values);
    let next = 0;
    visitNonZeros((_cell, row, column, element) => {
      indices[next] = row * kernel[1] + tap[column]!;
      target[next++] = bits[element]!;
    });
    return { ...pointers, indices, values };
  },
  validate(arrays, context) {
    const { indices, values } = arrays;
    const { shape, geometry, reads } = context;
    const cells = cellsOf(reads);
    assertClass('values', values, Float32Array);
    assertClass('indices', indices, indexClass(maxIndex(context)));
    assertLength('indices', indices, values.length);
    validateChannelPointers(arrays, {
      channels: shape.channels,
      cellCount: cells.length,
      entries: values.length,
    });
    const bits = bitsOf(values);
    const kernelWidth = geometry.kernel[1];
    visitCells(arrays, shape.channels, cells, (_, cell, start, end) => {
      let lastColumn = -1;
      let lastRow = -1;
      for (let entry = start; entry < end; entry++) {
        const row = Math.floor(indices[entry]! / kernelWidth);
        const column = columnOf(cell, indices[entry]! % kernelWidth, context);
        if (!reads.rows[row] || column === undefined) {
          throw invalid(
            `indices[${entry}]`,
            `a position of slab ${cell.slab} with overlap ${cell.overlap}`,
            indices[entry],
          );
        }
        if (column < lastColumn || (column === lastColumn && row <= lastRow)) {
          throw invalid(`indices[${entry}]`, 'a position after the one before', indices[entry]);
        }
        if ((bits[entry]! & MAGNITUDE) === 0)
          throw invalid(`values[${entry}]`, 'a non-zero value', values[entry]);
        lastColumn = column;
        lastRow = row;
      }
    });
  },
  decode(arrays, { shape, geometry, reads }, data) {
    const { indices, values } = arrays;
    const source = bitsOf(values);
    const target = bitsOf(data);
    const kernelWidth = geometry.kernel[1];
    visitCells(arrays, shape.channels, cellsOf(reads), (channel, { slab }, start, end) => {
      for (let entry = start; entry < end; entry++) {
        const y = Math.floor(indices[entry]! / kernelWidth) - geometry.pads[0];
        const tap = indices[entry]! % kernelWidth;
        const x = slab * geometry.strides[1] + tap * geometry.dilations[1] - geometry.pads[1];
        target[(channel * shape.height + y) * shape.width + x] = source[entry]!;
      }
    });
  },
  formulaBytes(statistics) {
    const { shape, reads, nonZeros, nonEmptyChannels, maxChannelNonZeros } = statistics;
    return (
      nonZeros * 4 +
      indexBytes(maxIndex(statistics), nonZeros) +
      indexBytes(maxChannelNonZeros, nonEmptyChannels * cellsOf(reads).length) +
      indexBytes(nonZeros, nonEmptyChannels + 1) +
      bitmapBytes(shape.channels)
    );
  },
  publishedElements: (statistics) => cpoElements(publishedLayer(statistics), statistics.nonZeros),
  annotate(arrays, { shape, reads }) {
    const cells = cellsOf(reads);
    const channels: string[][] = Array.from({ length: shape.channels }, () => []);
    const groups: { channel: number; overlap: number; indices: string; values: string }[] = [];
    const countsOf = new Map<number, number[]>();
    visitCells(arrays, shape.channels, cells, (channel, cell, start, end) => {
      const counts = countsOf.get(channel) ?? [];
      countsOf.set(channel, [...counts, end - start]);
      const last = groups.at(-1);
      const indices = arrays.indices.subarray(start, end).join(' ');
      const values = showValues(arrays.values.subarray(start, end));
      if (last?.channel === channel && last.overlap === cell.overlap) {
        last.indices = `${last.indices} ${indices}`.trim();
        last.values = `${last.values} ${values}`.trim();
      } else groups.push({ channel, overlap: cell.overlap, indices, values });
    });
    const indexWidth = groups.reduce((width, group) => Math.max(width, group.indices.length), 0);
    for (const { channel, overlap, indices, values } of groups) {
      const pointers = groupPointers(cells, countsOf.get(channel)!, reads)[overlap - 1]!.join(' ');
      channels[channel]!.push(
        `r=${overlap}  ptr ${pointers}   IN ${indices.padEnd(indexWidth)}   DA ${values}`,
      );
    }
    return channels;
  },
});
