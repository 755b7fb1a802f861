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

/** Copies elements over `dims` from one walk to another: strides of 0 and negative ones, too. */
function copyStrided<T>(
  from: Elements<T>,
  to: Elements<T>,
  dims: readonly number[],
  [fromStrides, toStrides]: readonly [readonly number[], readonly number[]],
  [fromStart, toStart]: readonly [number, number],
): void {
  if (dims.length === 0) {
    to[toStart] = from[fromStart]!;
    return;
  }
  const [width, fromStep, toStep] = [dims.at(-1)!, fromStrides.at(-1)!, toStrides.at(-1)!];
  forEachRow(
    dims,
    [fromStrides, toStrides],
    (_row, offsets) => {
      let [source, target] = [offsets[0]!, offsets[1]!];
      for (let i = 0; i < width; i++) {
        to[target] = from[source]!;
        source += fromStep;
        target += toStep;
      }
    },
    [fromStart, toStart],
  );
}

/** Fills `to`, dense and row-major over `dims`, from `from` walked with `strides`. */
export function gatherStrided<T>(
  from: Elements<T>,
  to: Elements<T>,
  dims: readonly number[],
  strides: readonly number[],
  start = 0,
): void {
  copyStrided(from, to, dims, [strides, stridesOf(dims)], [start, 0]);
}

/** The inverse of `gatherStrided`: writes dense `from` to the strided places of `to`. */
export function scatterStrided<T>(
  from: Elements<T>,
  to: Elements<T>,
  dims: readonly number[],
  strides: readonly number[],
  start = 0,
): void {
  copyStrided(from, to, dims, [stridesOf(dims), strides], [0, start]);
}
