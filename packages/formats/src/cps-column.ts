/*
 * CPS with column sets: CPO's groups, order and pointers, with each column cut into sets of four rows of the
 * padded map (rows 4s … 4s+3). One word stands for a set that holds a non-zero.
 *
 *   channelFlags    ⌈C/8⌉ bytes     bit c: channel c has a non-zero
 *   channelStarts   channels' + 1   first set of each flagged channel, then the number of sets
 *   valueStarts     channels' + 1   first value of each flagged channel, then nnz
 *   cellEnds        channels'·cells end of the cell's sets, from the channel's first set (cells as in CPO)
 *   words           sets            ┌ set position s·Kw + k ┬ 4 bits ┐
 *                                   └───────────────────────┴────────┘ bit b: row 4s + b holds a non-zero
 *   values          nnz float32     set by set, rows ascending
 *
 *       column │ 5 │ 0 │ 2 │ 1 ║ 0 │ 0 │ 0 │ 0 ║ 0 │ 7 │ …        words   (0·Kw + k, rows 0 2 3)  (2·Kw + k, row 9 …)
 *               └── set 0 ────┘ └─ not stored ─┘ └─ set 2            values  5 2 1 7 …
 *
 *   bytes    nnz·4 + sets·word bytes + channels'·cells·end bytes + (channels'+1)·start bytes (twice) + ⌈C/8⌉
 *   elements ceil(Kw/Sw)·(Ow+1) + nnz + indices, as published, where a set with one non-zero has 1 index and
 *            a set with more has 2; the words here are never more than those indices
 *
 * Word width: by 16·⌈Ih/4⌉·Kw - 1. End width: by the sets of the fullest channel. Start widths: by the
 * number of sets and by nnz.
 */

import { bitmapBytes, hasBit, popcount, showMask } from './arrays/bitmap.ts';
import { cellsOf, columnOf, groupPointers } from './arrays/cells.ts';
import { channelPointers, validateChannelPointers, visitCells } from './arrays/channel-pointers.ts';
import { assertClass, assertLength, invalid } from './arrays/checks.ts';
import { type IndexArray, indexArray, indexBytes, indexClass } from './arrays/index-width.ts';
import { showValues } from './arrays/show-values.ts';
import { defineFormat } from './define-format.ts';
import type { Layer } from './format.ts';
import { bitsOf, MAGNITUDE } from './map/activation-map.ts';
import { cpsElements, publishedLayer } from './published/elements.ts';
import { COLUMN_SET_ROWS } from './statistics/map-statistics.ts';

type CpsColumnArrays = {
  readonly channelFlags: Uint8Array;
  readonly channelStarts: IndexArray;
  readonly valueStarts: IndexArray;
  readonly cellEnds: IndexArray;
  readonly words: IndexArray;
  readonly values: Float32Array;
};

const MASKS = 2 ** COLUMN_SET_ROWS;

function maxWord({ reads, geometry }: Layer): number {
  return MASKS * Math.ceil(reads.paddedHeight / COLUMN_SET_ROWS) * geometry.kernel[1] - 1;
}

/**
 * Compressed Pattern Sets in the authors' layout (arXiv 2104.08314), made decodable: groups and order of CPO, of
 * which each column is cut into sets of four rows. A word of `words` holds the base of a set (its position in the
 * first slab) and its mask (which of the rows hold a non-zero element, NZE): `base << 4 | mask`. `values` are DA;
 * `channelStarts` with `cellEnds` are ptr. Tile sets, which run fast, are the format `cps`.
 */
export const cpsColumn = defineFormat<CpsColumnArrays>({
  id: 'cps-column',
  summary: 'CPO with one word per four neighbouring rows of a column',
  sparse: true,
  sizeFormula:
    "nnz·4 + sets·word bytes + C'·cells·end bytes + (C'+1)·(set start + value start bytes) + ⌈C/8⌉, C' = channels with a non-zero",
  arrayNames: ['channelFlags', 'channelStarts', 'valueStarts', 'cellEnds', 'words', 'values'],
  refusal: (context) => {
    const largest = maxWord(context);
    return largest < 2 ** 32 ? undefined : `a word would be up to ${largest}, more than 32 bits hold`;
  },
  encode(map, context) {
    const { channels, height, width } = map;
    const { kernel, pads } = context.geometry;
    const { tap } = context.reads.columns;
    const cells = cellsOf(context.reads);
    const bits = bitsOf(map.data);
    const counts = new Uint32Array(channels * cells.length);
    const nonZerosOf = new Uint32Array(channels);
    const visitSets = (
      visit: (channel: number, cell: number, column: number, set: number, mask: number) => void,
    ) => {
      for (let channel = 0; channel < channels; channel++) {
        for (const [index, { columns }] of cells.entries()) {
          for (const column of columns) {
            let at = channel * height * width + column - pads[1];
            let mask = 0;
            for (let row = pads[0]; row < pads[0] + height; row++, at += width) {
              const place = row % COLUMN_SET_ROWS;
              if ((bits[at]! & MAGNITUDE) !== 0) mask |= 1 << place;
              const isLast = place === COLUMN_SET_ROWS - 1 || row === pads[0] + height - 1;
              if (!isLast || mask === 0) continue;
              visit(channel, index, column, Math.floor(row / COLUMN_SET_ROWS), mask);
              mask = 0;
            }
          }
        }
      }
    };
    visitSets((channel, cell, _column, _set, mask) => {
      counts[channel * cells.length + cell]!++;
      nonZerosOf[channel]! += popcount(mask);
    });
    const { channelFlags, channelStarts, cellEnds } = channelPointers(counts, channels, cells.length);
    const nonEmpty = nonZerosOf.filter((count) => count > 0);
    const nonZeros = nonEmpty.reduce((sum, count) => sum + count, 0);
    const valueStarts = indexArray(nonZeros, nonEmpty.length + 1);
    for (const [position, count] of nonEmpty.entries())
      valueStarts[position + 1] = valueStarts[position]! + count;
    const words = indexArray(maxWord(context), channelStarts.at(-1)!);
    const values = new Float32Array(nonZeros);
    const target = bitsOf(values);
    let nextWord = 0;
    let nextValue = 0;
    visitSets((channel, _cell, column, set, mask) => {
      words[nextWord++] = (set * kernel[1] + tap[column]!) * MASKS + mask;
      for (let place = 0; place < COLUMN_SET_ROWS; place++) {
        if (((mask >>> place) & 1) === 0) continue;
        const y = set * COLUMN_SET_ROWS + place - pads[0];
        target[nextValue++] = bits[(channel * height + y) * width + column - pads[1]]!;
      }
    });
    return { channelFlags, channelStarts, valueStarts, cellEnds, words, values };
  },
  validate(arrays, context) {
    const { channelFlags, valueStarts, words, values } = arrays;
    const { shape, geometry, reads } = context;
    const cells = cellsOf(reads);
    assertClass('values', values, Float32Array);
    const bits = bitsOf(values);
    assertClass('words', words, indexClass(maxWord(context)));
    validateChannelPointers(arrays, {
      channels: shape.channels,
      cellCount: cells.length,
      entries: words.length,
    });
    assertClass('valueStarts', valueStarts, indexClass(values.length));
    assertLength('valueStarts', valueStarts, arrays.channelStarts.length);
    const kernelWidth = geometry.kernel[1];
    const nonZerosOf = new Map<number, number>();
    let nextValue = 0;
    visitCells(arrays, shape.channels, cells, (channel, cell, start, end) => {
      let lastColumn = -1;
      let lastSet = -1;
      for (let entry = start; entry < end; entry++) {
        const word = words[entry]!;
        const position = Math.floor(word / MASKS);
        const mask = word % MASKS;
        const set = Math.floor(position / kernelWidth);
        const column = columnOf(cell, position % kernelWidth, context);
        if (column === undefined) {
          throw invalid(
            `words[${entry}]`,
            `a position of slab ${cell.slab} with overlap ${cell.overlap}`,
            word,
          );
        }
        if (mask === 0) throw invalid(`words[${entry}]`, 'a mask with a set bit', word);
        for (let place = 0; place < COLUMN_SET_ROWS; place++) {
          if (((mask >>> place) & 1) === 0) continue;
          if (!reads.rows[set * COLUMN_SET_ROWS + place]) {
            throw invalid(`words[${entry}]`, 'rows that the convolution reads', word);
          }
          if (nextValue === values.length)
            throw invalid('values', `more than ${nextValue} of them`, values.length);
          if ((bits[nextValue]! & MAGNITUDE) === 0) {
            throw invalid(`values[${nextValue}]`, 'a non-zero value', values[nextValue]);
          }
          nextValue++;
        }
        if (column < lastColumn || (column === lastColumn && set <= lastSet)) {
          throw invalid(`words[${entry}]`, 'a set after the one before', word);
        }
        lastColumn = column;
        lastSet = set;
      }
      nonZerosOf.set(channel, nextValue);
    });
    assertLength('values', values, nextValue);
    if (valueStarts[0] !== 0) throw invalid('valueStarts[0]', '0', valueStarts[0]);
    let position = 0;
    for (let channel = 0; channel < shape.channels; channel++) {
      if (!hasBit(channelFlags, channel)) continue;
      position++;
      const expected = nonZerosOf.get(channel) ?? 0;
      if (valueStarts[position] !== expected) {
        throw invalid(`valueStarts[${position}]`, String(expected), valueStarts[position]);
      }
    }
  },
  decode(arrays, { shape, geometry, reads }, data) {
    const { words, values } = arrays;
    const source = bitsOf(values);
    const target = bitsOf(data);
    const kernelWidth = geometry.kernel[1];
    let nextValue = 0;
    visitCells(arrays, shape.channels, cellsOf(reads), (channel, { slab }, start, end) => {
      for (let entry = start; entry < end; entry++) {
        const position = Math.floor(words[entry]! / MASKS);
        const tap = position % kernelWidth;
        const x = slab * geometry.strides[1] + tap * geometry.dilations[1] - geometry.pads[1];
        const firstY = Math.floor(position / kernelWidth) * COLUMN_SET_ROWS - geometry.pads[0];
        for (let place = 0; place < COLUMN_SET_ROWS; place++) {
          if (((words[entry]! >>> place) & 1) === 0) continue;
          target[(channel * shape.height + firstY + place) * shape.width + x] = source[nextValue++]!;
        }
      }
    });
  },
  formulaBytes(statistics) {
    const { shape, reads, nonZeros, nonEmptyChannels, columnSets, maxChannelColumnSets } = statistics;
    return (
      nonZeros * 4 +
      indexBytes(maxWord(statistics), columnSets) +
      indexBytes(maxChannelColumnSets, nonEmptyChannels * cellsOf(reads).length) +
      indexBytes(columnSets, nonEmptyChannels + 1) +
      indexBytes(nonZeros, nonEmptyChannels + 1) +
      bitmapBytes(shape.channels)
    );
  },
  publishedElements: (statistics) =>
    cpsElements(publishedLayer(statistics), statistics.nonZeros, statistics.publishedSetIndices),
  annotate(arrays, { shape, reads }) {
    const cells = cellsOf(reads);
    const channels: string[][] = Array.from({ length: shape.channels }, () => []);
    const countsOf = new Map<number, number[]>();
    visitCells(arrays, shape.channels, cells, (channel, _cell, start, end) => {
      countsOf.set(channel, [...(countsOf.get(channel) ?? []), end - start]);
    });
    let nextWord = 0;
    let nextValue = 0;
    for (const [channel, counts] of countsOf) {
      for (const [index, pointers] of groupPointers(cells, counts, reads).entries()) {
        if (!cells.some((cell) => cell.overlap === index + 1)) continue;
        const words = arrays.words.subarray(nextWord, nextWord + pointers.at(-1)!);
        const shown: string[] = [];
        let nonZeros = 0;
        for (const word of words) {
          const mask = word % MASKS;
          shown.push(`${Math.floor(word / MASKS)}:${showMask(mask, COLUMN_SET_ROWS)}`);
          nonZeros += popcount(mask);
        }
        const values = arrays.values.subarray(nextValue, nextValue + nonZeros);
        channels[channel]!.push(
          `r=${index + 1}  ptr ${pointers.join(' ')}   set:mask ${shown.join(' ')}   DA ${showValues(values)}`,
        );
        nextWord += words.length;
        nextValue += nonZeros;
      }
    }
    return channels;
  },
});
