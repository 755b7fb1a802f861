import { assertInteger } from '@zeroskip/tensor';
import {
  type ActivationMap,
  bitsOf,
  checkGeometry,
  checkMap,
  type Geometry,
  type GeometryInput,
  MAGNITUDE,
  type MapShape,
} from '../map/activation-map.ts';
import { type Reads, readableMap, readsOf } from '../map/reads.ts';

/** Rows that a set of column sets spans. */
export const COLUMN_SET_ROWS = 4;
/** Channels that one list of tile sets spans, so that a channel's index takes one byte. */
export const CHANNEL_BLOCK = 256;
export const DEFAULT_TILE_WIDTH = 4;

/** What the sizes of all formats follow from. Counts are of the elements that some output reads. */
export interface MapStatistics {
  readonly shape: MapShape;
  readonly geometry: Geometry;
  readonly reads: Reads;
  readonly nonZeros: number;
  /** Non-zeros of the MEC matrix: each counts once per slab that reads it. */
  readonly loweredNonZeros: number;
  readonly nonEmptyChannels: number;
  /** Non-zeros of the fullest channel. */
  readonly maxChannelNonZeros: number;
  /** Groups of four rows of a column that hold a non-zero. */
  readonly columnSets: number;
  readonly maxChannelColumnSets: number;
  /** Index elements of the authors' CPS: 1 for a column set with one non-zero, 2 for one with more. */
  readonly publishedSetIndices: number;
  readonly tileWidth: number;
  /** Groups of `tileWidth` columns of one row and channel that hold a non-zero. */
  readonly tileSets: number;
  /** (row, channel block, tile)s with a set. */
  readonly nonEmptyTiles: number;
  /** Sets of the fullest one of them. */
  readonly maxTileSets: number;
}

export function tilesPerRow({ paddedWidth }: Reads, tileWidth: number): number {
  return Math.ceil(paddedWidth / tileWidth);
}

export function channelBlocks({ channels }: MapShape): number {
  return Math.ceil(channels / CHANNEL_BLOCK);
}

/** Counts in one pass over a map whose unread elements are zero; see `mapStatistics`. */
export function countMap(
  map: ActivationMap,
  geometry: Geometry,
  reads: Reads,
  tileWidth: number,
): MapStatistics {
  const { channels, height, width } = map;
  const [top, left] = geometry.pads;
  const bits = bitsOf(map.data);
  const tiles = tilesPerRow(reads, tileWidth);
  const tileOf = Uint32Array.from({ length: width }, (_, x) => Math.floor((x + left) / tileWidth));
  const blocks = channelBlocks(map);
  const setsOfTile = new Uint16Array(height * blocks * tiles);
  const columnNonZeros = new Float64Array(width);
  const rowsInSet = new Uint8Array(width);
  let nonZeros = 0;
  let nonEmptyChannels = 0;
  let maxChannelNonZeros = 0;
  let columnSets = 0;
  let maxChannelColumnSets = 0;
  let sharedColumnSets = 0;
  let tileSets = 0;
  for (let channel = 0; channel < channels; channel++) {
    const before = nonZeros;
    const setsBefore = columnSets;
    for (let y = 0; y < height; y++) {
      const row = (channel * height + y) * width;
      const firstTile = (y * blocks + Math.floor(channel / CHANNEL_BLOCK)) * tiles;
      let lastTile = -1;
      for (let x = 0; x < width; x++) {
        if ((bits[row + x]! & MAGNITUDE) === 0) continue;
        nonZeros++;
        columnNonZeros[x]!++;
        rowsInSet[x]!++;
        const tile = tileOf[x]!;
        if (tile !== lastTile) {
          lastTile = tile;
          tileSets++;
          setsOfTile[firstTile + tile]!++;
        }
      }
      if ((y + top + 1) % COLUMN_SET_ROWS === 0 || y === height - 1) {
        for (let x = 0; x < width; x++) {
          if (rowsInSet[x]! === 0) continue;
          columnSets++;
          if (rowsInSet[x]! > 1) sharedColumnSets++;
          rowsInSet[x] = 0;
        }
      }
    }
    if (nonZeros > before) nonEmptyChannels++;
    maxChannelNonZeros = Math.max(maxChannelNonZeros, nonZeros - before);
    maxChannelColumnSets = Math.max(maxChannelColumnSets, columnSets - setsBefore);
  }
  let nonEmptyTiles = 0;
  let maxTileSets = 0;
  for (const sets of setsOfTile) {
    if (sets > 0) nonEmptyTiles++;
    if (sets > maxTileSets) maxTileSets = sets;
  }
  let loweredNonZeros = 0;
  for (let x = 0; x < width; x++) loweredNonZeros += columnNonZeros[x]! * reads.columns.overlap[x + left]!;
  return {
    shape: { channels, height, width },
    geometry,
    reads,
    nonZeros,
    loweredNonZeros,
    nonEmptyChannels,
    maxChannelNonZeros,
    columnSets,
    maxChannelColumnSets,
    publishedSetIndices: columnSets + sharedColumnSets,
    tileWidth,
    tileSets,
    nonEmptyTiles,
    maxTileSets,
  };
}

export function checkTileWidth(tileWidth: number): void {
  assertInteger('tileWidth', tileWidth, 2, 8);
}

/**
 * Counts what the sizes of every format follow from, in one pass over the map and without encoding it.
 * @throws coded errors for a map or geometry that is not valid.
 */
export function mapStatistics(
  map: ActivationMap,
  geometry: GeometryInput,
  { tileWidth = DEFAULT_TILE_WIDTH }: { readonly tileWidth?: number } = {},
): MapStatistics {
  const checked = checkMap(map);
  const full = checkGeometry(checked, geometry);
  checkTileWidth(tileWidth);
  const reads = readsOf(checked, full);
  return countMap(readableMap(checked, full, reads), full, reads, tileWidth);
}
