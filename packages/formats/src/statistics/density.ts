import { type ActivationMap, bitsOf, checkMap, MAGNITUDE } from '../map/activation-map.ts';
import { checkTileWidth, DEFAULT_TILE_WIDTH } from './map-statistics.ts';

/** Number of values that are not zero, of either sign. A NaN is not a zero. */
export function countNonZeros(values: Float32Array): number {
  const bits = bitsOf(values);
  let count = 0;
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & MAGNITUDE) !== 0) count++;
  return count;
}

/** Share of the values that are not zero; 0 for no values. */
export function density(values: Float32Array): number {
  return values.length === 0 ? 0 : countNonZeros(values) / values.length;
}

/** Channels that hold zeros only, ascending. */
export function allZeroChannels(map: ActivationMap): number[] {
  const { channels, height, width, data } = checkMap(map);
  const size = height * width;
  const found: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    if (countNonZeros(data.subarray(channel * size, (channel + 1) * size)) === 0) found.push(channel);
  }
  return found;
}

/** Counts of tiles: `tileWidth` neighbours of a row, aligned to the first column, in every channel at once. */
export interface TileCount {
  readonly total: number;
  /** Tiles that hold zeros only, in every channel. */
  readonly allZero: number;
}

export function countTiles(map: ActivationMap, tileWidth: number = DEFAULT_TILE_WIDTH): TileCount {
  const { channels, height, width, data } = checkMap(map);
  checkTileWidth(tileWidth);
  const bits = bitsOf(data);
  const tiles = Math.ceil(width / tileWidth);
  const hasNonZero = new Uint8Array(height * tiles);
  for (let row = 0; row < channels * height; row++) {
    const firstTile = (row % height) * tiles;
    for (let x = 0; x < width; x++) {
      if ((bits[row * width + x]! & MAGNITUDE) !== 0) hasNonZero[firstTile + Math.floor(x / tileWidth)] = 1;
    }
  }
  return { total: hasNonZero.length, allZero: hasNonZero.length - countSet(hasNonZero) };
}

function countSet(flags: Uint8Array): number {
  let count = 0;
  for (const flag of flags) count += flag;
  return count;
}

/**
 * How often each pattern occurs: entry `v` counts the groups of `tileWidth` neighbours of a row and channel,
 * aligned to the first column, whose mask of non-zeros is `v` (bit p: column p of the group).
 */
export function patternHistogram(map: ActivationMap, tileWidth: number = DEFAULT_TILE_WIDTH): Float64Array {
  const { channels, height, width, data } = checkMap(map);
  checkTileWidth(tileWidth);
  const bits = bitsOf(data);
  const histogram = new Float64Array(2 ** tileWidth);
  for (let row = 0; row < channels * height; row++) {
    for (let start = 0; start < width; start += tileWidth) {
      let pattern = 0;
      const end = Math.min(tileWidth, width - start);
      for (let p = 0; p < end; p++) {
        if ((bits[row * width + start + p]! & MAGNITUDE) !== 0) pattern |= 1 << p;
      }
      histogram[pattern]!++;
    }
  }
  return histogram;
}

/** Entry `n` counts the runs of exactly `n` neighbours of a row and channel; entry 0 is 0. */
export interface RunLengths {
  readonly zeros: Float64Array;
  readonly nonZeros: Float64Array;
}

/** Lengths of the horizontal runs of zeros and of non-zeros; a run ends with its row. */
export function runLengths(map: ActivationMap): RunLengths {
  const { channels, height, width, data } = checkMap(map);
  const bits = bitsOf(data);
  const zeros = new Float64Array(width + 1);
  const nonZeros = new Float64Array(width + 1);
  for (let row = 0; row < channels * height; row++) {
    let start = 0;
    for (let x = 1; x <= width; x++) {
      const isNonZero = (bits[row * width + start]! & MAGNITUDE) !== 0;
      if (x < width && ((bits[row * width + x]! & MAGNITUDE) !== 0) === isNonZero) continue;
      (isNonZero ? nonZeros : zeros)[x - start]!++;
      start = x;
    }
  }
  return { zeros, nonZeros };
}
