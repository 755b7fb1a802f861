/*
 * CPS with tile sets: a set is P horizontally neighbouring elements of one row and one channel, aligned to
 * multiples of P columns of the padded map; its pattern v is the mask of the non-zero ones (bit p: column
 * tile·P + p). Channels are taken in blocks of 256, so that a channel is one byte. A list is one
 * (row, block, tile), in this order: its sets, sorted by pattern and then by channel.
 *
 *   listFlags      ⌈rows·blocks·tiles / 8⌉ bytes, one bit per list: it has a set. The rest exists only then
 *   rowLists       rows·blocks + 1         first of the lists that exist of each (row, block), then their number
 *   rowSets        rows·blocks + 1         first set of each (row, block), then the number of sets
 *   rowValues      rows·blocks + 1         first value of each (row, block), then nnz
 *   patternEnds    lists·(2^P - 1)         end of the sets with pattern 1 … 2^P - 1, from the list's first set
 *   channels       sets                    channel - 256·block
 *   values         nnz float32             set by set, columns ascending
 *
 *       row 3, block 0, tile 1, P = 2      patternEnds 2 3 3     v=01 sets 0-1   v=10 set 2   v=11 none
 *       channel 0 │ 5 0 │                  channels    0 4 2     the pattern of a set is where it stands
 *       channel 2 │ 0 7 │                  values      5 1 7
 *       channel 4 │ 1 0 │
 *
 *   bytes    nnz·4 + sets + lists·(2^P - 1)·end bytes + (rows·blocks+1)·(three start widths)
 *            + ⌈rows·blocks·tiles / 8⌉;  rows: padded, tiles: ⌈padded width / P⌉
 *   elements as published there is no count for this layout
 *
 * End width: by the sets of the fullest list. Start widths: by the number of lists, of sets, and by nnz.
 */

import { bitmap, bitmapBytes, checkFlags, hasBit, popcount, setBit, showMask } from './arrays/bitmap.ts';
import { assertClass, assertLength, invalid } from './arrays/checks.ts';
import { type IndexArray, indexArray, indexBytes, indexClass } from './arrays/index-width.ts';
import { showValues } from './arrays/show-values.ts';
import { defineFormat } from './define-format.ts';
import type { Layer } from './format.ts';
import { bitsOf, MAGNITUDE } from './map/activation-map.ts';
import {
  CHANNEL_BLOCK,
  channelBlocks,
  countMap,
  DEFAULT_TILE_WIDTH,
  tilesPerRow,
} from './statistics/map-statistics.ts';

type CpsArrays = {
  readonly listFlags: Uint8Array;
  readonly rowLists: IndexArray;
  readonly rowSets: IndexArray;
  readonly rowValues: IndexArray;
  readonly patternEnds: IndexArray;
  readonly channels: Uint8Array;
  readonly values: Float32Array;
};

interface Layout {
  readonly tileWidth: number;
  /** 2^P - 1 */
  readonly patterns: number;
  readonly tiles: number;
  readonly blocks: number;
  /** rows · blocks */
  readonly rowCount: number;
}

function layoutOf({ shape, reads }: Layer, tileWidth: number): Layout {
  const blocks = channelBlocks(shape);
  return {
    tileWidth,
    patterns: 2 ** tileWidth - 1,
    tiles: tilesPerRow(reads, tileWidth),
    blocks,
    rowCount: reads.paddedHeight * blocks,
  };
}

/** Calls `visit` for every set, in the order of the arrays; `row` is (padded row · blocks + block). */
function visitSets(
  { listFlags, patternEnds, channels }: Pick<CpsArrays, 'listFlags' | 'patternEnds' | 'channels'>,
  { patterns, tiles, blocks, rowCount }: Layout,
  visit: (set: { row: number; tile: number; pattern: number; channel: number; index: number }) => void,
): void {
  let list = 0;
  let index = 0;
  for (let row = 0; row < rowCount; row++) {
    for (let tile = 0; tile < tiles; tile++) {
      if (!hasBit(listFlags, row * tiles + tile)) continue;
      const base = index;
      for (let pattern = 1; pattern <= patterns; pattern++) {
        const end = base + patternEnds[list * patterns + pattern - 1]!;
        for (; index < end; index++) {
          visit({ row, tile, pattern, channel: (row % blocks) * CHANNEL_BLOCK + channels[index]!, index });
        }
      }
      list++;
    }
  }
}

export const cps = defineFormat<CpsArrays>({
  id: 'cps',
  summary: 'sets of P neighbours of a row, sorted by their pattern of non-zeros, one byte each',
  sparse: true,
  sizeFormula:
    'nnz·4 + sets + lists·(2^P - 1)·end bytes + (rows·blocks+1)·(list start + set start + value start bytes) + ⌈rows·blocks·tiles/8⌉',
  parameters: [
    { name: 'tileWidth', summary: 'P: neighbours per set', default: DEFAULT_TILE_WIDTH, min: 2, max: 8 },
  ],
  arrayNames: ['listFlags', 'rowLists', 'rowSets', 'rowValues', 'patternEnds', 'channels', 'values'],
  encode(map, context) {
    const { channels, height, width } = map;
    const [top, left] = context.geometry.pads;
    const layout = layoutOf(context, context.parameters.tileWidth!);
    const { tileWidth, patterns, tiles, blocks, rowCount } = layout;
    const counted = countMap(map, context.geometry, context.reads, tileWidth);
    const listFlags = bitmap(rowCount * tiles);
    const rowLists = indexArray(counted.nonEmptyTiles, rowCount + 1);
    const rowSets = indexArray(counted.tileSets, rowCount + 1);
    const rowValues = indexArray(counted.nonZeros, rowCount + 1);
    const patternEnds = indexArray(counted.maxTileSets, counted.nonEmptyTiles * patterns);
    const setChannels = new Uint8Array(counted.tileSets);
    const values = new Float32Array(counted.nonZeros);
    const source = bitsOf(map.data);
    const target = bitsOf(values);
    const patternOf = new Uint8Array(CHANNEL_BLOCK * tiles);
    const next = new Uint32Array(patterns + 1);
    const sorted = new Uint8Array(CHANNEL_BLOCK);
    let list = 0;
    let set = 0;
    let value = 0;
    for (let row = 0; row < rowCount; row++) {
      const y = Math.floor(row / blocks) - top;
      if (y >= 0 && y < height) {
        const firstChannel = (row % blocks) * CHANNEL_BLOCK;
        const blockChannels = Math.min(CHANNEL_BLOCK, channels - firstChannel);
        patternOf.fill(0);
        for (let c = 0; c < blockChannels; c++) {
          const at = ((firstChannel + c) * height + y) * width;
          for (let x = 0; x < width; x++) {
            if ((source[at + x]! & MAGNITUDE) === 0) continue;
            const column = x + left;
            patternOf[Math.floor(column / tileWidth) * CHANNEL_BLOCK + c]! |= 1 << (column % tileWidth);
          }
        }
        for (let tile = 0; tile < tiles; tile++) {
          const masks = patternOf.subarray(tile * CHANNEL_BLOCK, tile * CHANNEL_BLOCK + blockChannels);
          next.fill(0);
          for (const mask of masks) next[mask]!++;
          const sets = blockChannels - next[0]!;
          if (sets === 0) continue;
          setBit(listFlags, row * tiles + tile);
          let end = 0;
          for (let pattern = 1; pattern <= patterns; pattern++) {
            const count = next[pattern]!;
            next[pattern] = end;
            end += count;
            patternEnds[list * patterns + pattern - 1] = end;
          }
          for (let c = 0; c < blockChannels; c++) if (masks[c]! > 0) sorted[next[masks[c]!]!++] = c;
          for (let position = 0; position < sets; position++) {
            const c = sorted[position]!;
            setChannels[set++] = c;
            const at = ((firstChannel + c) * height + y) * width + tile * tileWidth - left;
            for (let p = 0; p < tileWidth; p++) {
              if ((masks[c]! >>> p) & 1) target[value++] = source[at + p]!;
            }
          }
          list++;
        }
      }
      rowLists[row + 1] = list;
      rowSets[row + 1] = set;
      rowValues[row + 1] = value;
    }
    return { listFlags, rowLists, rowSets, rowValues, patternEnds, channels: setChannels, values };
  },
  validate(arrays, context) {
    const { listFlags, rowLists, rowSets, rowValues, patternEnds, channels, values } = arrays;
    const { shape, reads } = context;
    const layout = layoutOf(context, context.parameters.tileWidth!);
    const { tileWidth, patterns, tiles, rowCount } = layout;
    assertClass('values', values, Float32Array);
    assertClass('channels', channels, Uint8Array);
    const lists = checkFlags('listFlags', listFlags, rowCount * tiles, 'list');
    assertLength('patternEnds', patternEnds, lists * patterns);
    let maxSets = 0;
    let sets = 0;
    for (let list = 0; list < lists; list++) {
      let before = 0;
      for (let at = list * patterns; at < (list + 1) * patterns; at++) {
        const end = patternEnds[at]!;
        if (end < before || end > CHANNEL_BLOCK)
          throw invalid(`patternEnds[${at}]`, `${before} to ${CHANNEL_BLOCK}`, end);
        before = end;
      }
      if (before === 0) throw invalid(`patternEnds of list ${list}`, 'a set', 'none');
      maxSets = Math.max(maxSets, before);
      sets += before;
    }
    assertClass('patternEnds', patternEnds, indexClass(maxSets));
    assertLength('channels', channels, sets);

    const bits = bitsOf(values);
    const listsOf = new Float64Array(rowCount);
    const setsOf = new Float64Array(rowCount);
    const valuesOf = new Float64Array(rowCount);
    const lastTileOf = new Int32Array(CHANNEL_BLOCK).fill(-1);
    let tileId = -1;
    let pattern = 0;
    let last = -1;
    let value = 0;
    visitSets(arrays, layout, (set) => {
      const id = set.row * tiles + set.tile;
      if (id !== tileId || set.pattern !== pattern) last = -1;
      if (id !== tileId) listsOf[set.row]!++;
      tileId = id;
      pattern = set.pattern;
      if (set.channel >= shape.channels || set.channel <= last) {
        const expected = `a channel below ${shape.channels}, after the one before`;
        throw invalid(`channels[${set.index}]`, expected, set.channel);
      }
      last = set.channel;
      if (lastTileOf[channels[set.index]!] === id) {
        throw invalid(`channels[${set.index}]`, 'a channel once per list', set.channel);
      }
      lastTileOf[channels[set.index]!] = id;
      if (!reads.rows[Math.floor(set.row / layout.blocks)]) {
        throw invalid('listFlags', 'no list in a row that nothing reads', set.row);
      }
      for (let p = 0; p < tileWidth; p++) {
        if (((pattern >>> p) & 1) === 0) continue;
        if (!reads.columns.overlap[set.tile * tileWidth + p]) {
          throw invalid(`channels[${set.index}]`, 'a pattern of columns that the convolution reads', pattern);
        }
        if (value === values.length) throw invalid('values', `more than ${value} of them`, values.length);
        if ((bits[value]! & MAGNITUDE) === 0)
          throw invalid(`values[${value}]`, 'a non-zero value', values[value]);
        value++;
      }
      setsOf[set.row]!++;
      valuesOf[set.row]! += popcount(pattern);
    });
    assertLength('values', values, value);
    assertStarts('rowLists', rowLists, listsOf, lists);
    assertStarts('rowSets', rowSets, setsOf, sets);
    assertStarts('rowValues', rowValues, valuesOf, value);
  },
  decode(arrays, context, data) {
    const { shape, geometry, parameters } = context;
    const layout = layoutOf(context, parameters.tileWidth!);
    const source = bitsOf(arrays.values);
    const target = bitsOf(data);
    let value = 0;
    visitSets(arrays, layout, ({ row, tile, pattern, channel }) => {
      const y = Math.floor(row / layout.blocks) - geometry.pads[0];
      const at = (channel * shape.height + y) * shape.width + tile * layout.tileWidth - geometry.pads[1];
      for (let p = 0; p < layout.tileWidth; p++) if ((pattern >>> p) & 1) target[at + p] = source[value++]!;
    });
  },
  formulaBytes(statistics) {
    const { nonZeros, tileSets, nonEmptyTiles, maxTileSets, tileWidth } = statistics;
    const { patterns, rowCount, tiles } = layoutOf(statistics, tileWidth);
    return (
      nonZeros * 4 +
      tileSets +
      indexBytes(maxTileSets, nonEmptyTiles * patterns) +
      indexBytes(nonEmptyTiles, rowCount + 1) +
      indexBytes(tileSets, rowCount + 1) +
      indexBytes(nonZeros, rowCount + 1) +
      bitmapBytes(rowCount * tiles)
    );
  },
  annotate(arrays, context) {
    const layout = layoutOf(context, context.parameters.tileWidth!);
    const lines = new Map<string, { channels: number[]; values: string[] }>();
    let value = 0;
    visitSets(arrays, layout, ({ row, tile, pattern, channel }) => {
      const mask = showMask(pattern, layout.tileWidth);
      const key = `row ${Math.floor(row / layout.blocks)} tile ${tile}  ${mask}`;
      const line = lines.get(key) ?? { channels: [], values: [] };
      const end = value + popcount(pattern);
      line.channels.push(channel);
      line.values.push(showValues(arrays.values.subarray(value, end)));
      value = end;
      lines.set(key, line);
    });
    return [
      [...lines].map(
        ([key, line]) => `${key}  channel ${line.channels.join(' ')}  DA ${line.values.join(', ')}`,
      ),
    ];
  },
});

function assertStarts(what: string, starts: IndexArray, counts: Float64Array, total: number): void {
  assertClass(what, starts, indexClass(total));
  assertLength(what, starts, counts.length + 1);
  let expected = 0;
  for (const [row, start] of starts.entries()) {
    if (start !== expected) throw invalid(`${what}[${row}]`, String(expected), start);
    expected += counts[row] ?? 0;
  }
}
