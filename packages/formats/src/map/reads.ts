import { outputSize } from '@zeroskip/tensor';
import { type ActivationMap, type Geometry, type MapShape, paddedSize } from './activation-map.ts';

/**
 * Which slabs read a column. Slab `n` (one per output column) reads the padded columns `n·Sw + k·Dw`, one per
 * tap `k`. The slabs that read one column are `first, first + slabStep, …`, `overlap` of them, and the tap
 * falls by `tapStep` from each to the next.
 */
interface ColumnReads {
  /** Per padded column; 0 for padding and for columns that no slab reads. */
  readonly overlap: Uint32Array;
  readonly first: Uint32Array;
  readonly tap: Uint32Array;
  readonly slabStep: number;
  readonly tapStep: number;
  /** R: the largest overlap that this kernel and stride can give. */
  readonly maxOverlap: number;
}

export interface Reads {
  readonly paddedHeight: number;
  readonly paddedWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly columns: ColumnReads;
  /** Per padded row: 1 where the map has a row that some output reads. */
  readonly rows: Uint8Array;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

export function readsOf(shape: MapShape, geometry: Geometry): Reads {
  const { kernel, strides, dilations, pads } = geometry;
  const [paddedHeight, paddedWidth] = paddedSize(shape, geometry);
  const [outHeight, outWidth] = outputSize(geometry, [shape.height, shape.width]);
  const overlap = new Uint32Array(paddedWidth);
  const first = new Uint32Array(paddedWidth);
  const tap = new Uint32Array(paddedWidth);
  const left = pads[1];
  const right = pads[1] + shape.width;
  for (let slab = 0; slab < outWidth; slab++) {
    for (let k = 0; k < kernel[1]; k++) {
      const column = slab * strides[1] + k * dilations[1];
      if (column < left || column >= right) continue;
      if (overlap[column] === 0) {
        first[column] = slab;
        tap[column] = k;
      }
      overlap[column]!++;
    }
  }
  const rows = new Uint8Array(paddedHeight);
  const top = pads[0];
  const bottom = pads[0] + shape.height;
  for (let y = 0; y < outHeight; y++) {
    for (let k = 0; k < kernel[0]; k++) {
      const row = y * strides[0] + k * dilations[0];
      if (row >= top && row < bottom) rows[row] = 1;
    }
  }
  const common = gcd(strides[1], dilations[1]);
  const tapStep = strides[1] / common;
  return {
    paddedHeight,
    paddedWidth,
    outHeight,
    outWidth,
    rows,
    columns: {
      overlap,
      first,
      tap,
      slabStep: dilations[1] / common,
      tapStep,
      maxOverlap: Math.ceil(kernel[1] / tapStep),
    },
  };
}

/**
 * The map with +0 in place of the elements that no output reads (a stride that steps over columns, a last row
 * that no window reaches). This is what every format stores. The map itself when all of it is read.
 */
export function readableMap(
  map: ActivationMap,
  geometry: Geometry,
  reads = readsOf(map, geometry),
): ActivationMap {
  const { channels, height, width } = map;
  const [top, left] = geometry.pads;
  const unreadRows: number[] = [];
  const unreadColumns: number[] = [];
  for (let y = 0; y < height; y++) if (!reads.rows[y + top]) unreadRows.push(y);
  for (let x = 0; x < width; x++) if (!reads.columns.overlap[x + left]) unreadColumns.push(x);
  if (unreadRows.length === 0 && unreadColumns.length === 0) return map;
  const data = map.data.slice();
  for (let channel = 0; channel < channels; channel++) {
    const plane = channel * height * width;
    for (const y of unreadRows) data.fill(0, plane + y * width, plane + (y + 1) * width);
    for (const x of unreadColumns) {
      for (let y = 0; y < height; y++) data[plane + y * width + x] = 0;
    }
  }
  return { channels, height, width, data };
}
