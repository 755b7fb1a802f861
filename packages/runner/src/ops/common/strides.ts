import { sizeOf } from '@zeroskip/tensor';
import { stridesOf } from '../../model/dims.ts';

interface Elements<T> {
  readonly length: number;
  [index: number]: T;
}

/** Strides that walk `dims` as if broadcast to `target`: 0 along what is repeated. */
export function broadcastStrides(dims: readonly number[], target: readonly number[]): number[] {
  const missing = target.length - dims.length;
  const strides = stridesOf(dims);
  return target.map((_, axis) =>
    axis < missing || dims[axis - missing] === 1 ? 0 : strides[axis - missing]!,
  );
}

/** Calls `visit` with the offsets of every innermost run of `dims`: one per operand, row-major order. */
export function forEachRow(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (row: number, offsets: Float64Array) => void,
  starts: readonly number[] = strides.map(() => 0),
): void {
  const outer = dims.slice(0, -1);
  const rows = sizeOf(outer);
  if (rows === 0 || dims.at(-1) === 0) return;
  const index = new Int32Array(outer.length);
  const offsets = Float64Array.from(starts);
  for (let row = 0; row < rows; row++) {
    visit(row, offsets);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      for (let i = 0; i < offsets.length; i++) offsets[i]! += strides[i]![axis]!;
      if (index[axis]! < outer[axis]!) break;
      for (let i = 0; i < offsets.length; i++) offsets[i]! -= strides[i]![axis]! * outer[axis]!;
      index[axis] = 0;
    }
  }
}

/** Fills `to`, dense and row-major over `dims`, from `from` walked with `strides` (0 and negative ones too). */
export function gatherStrided<T>(
  from: Elements<T>,
  to: Elements<T>,
  dims: readonly number[],
  strides: readonly number[],
  start = 0,
): void {
  if (dims.length === 0) {
    to[0] = from[start]!;
    return;
  }
  const width = dims.at(-1)!;
  const step = strides.at(-1)!;
  forEachRow(
    dims,
    [strides],
    (row, offsets) => {
      let source = offsets[0]!;
      const base = row * width;
      for (let i = 0; i < width; i++) {
        to[base + i] = from[source]!;
        source += step;
      }
    },
    [start],
  );
}

/** The inverse of `gatherStrided`: writes dense `from` to the strided places of `to`. */
export function scatterStrided<T>(
  from: Elements<T>,
  to: Elements<T>,
  dims: readonly number[],
  strides: readonly number[],
  start = 0,
): void {
  if (dims.length === 0) {
    to[start] = from[0]!;
    return;
  }
  const width = dims.at(-1)!;
  const step = strides.at(-1)!;
  forEachRow(
    dims,
    [strides],
    (row, offsets) => {
      let target = offsets[0]!;
      const base = row * width;
      for (let i = 0; i < width; i++) {
        to[target] = from[base + i]!;
        target += step;
      }
    },
    [start],
  );
}
