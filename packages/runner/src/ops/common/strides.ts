import { stridesOf } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';

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

/** The same walk with fewer axes: without those of 1, and with one in place of two that follow each other evenly. */
function merged(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
): { readonly dims: number[]; readonly strides: number[][] } {
  const kept: number[] = [];
  const walks: number[][] = strides.map(() => []);
  for (const [axis, dim] of dims.entries()) {
    if (dim === 1) continue;
    const last = kept.length - 1;
    const continues =
      last >= 0 && strides.every((walk, operand) => walks[operand]![last] === walk[axis]! * dim);
    if (continues) kept[last]! *= dim;
    else kept.push(dim);
    for (const [operand, walk] of strides.entries())
      walks[operand]![continues ? last : last + 1] = walk[axis]!;
  }
  return { dims: kept, strides: walks };
}

/** From this many elements on a copy of a run as a whole is the faster one. */
const RUN = 16;

/** Copies elements over `dims` from one walk to another: strides of 0 and negative ones, too. */
function copyStrided<T>(
  from: Elements<T>,
  to: Elements<T>,
  walked: readonly number[],
  walks: readonly [readonly number[], readonly number[]],
  starts: readonly [number, number],
): void {
  const { dims, strides } = merged(walked, walks);
  if (dims.length === 0) {
    to[starts[1]] = from[starts[0]]!;
    return;
  }
  const width = dims.at(-1)!;
  const [fromStep, toStep] = strides.map((walk) => walk.at(-1)!) as [number, number];
  const inRuns = fromStep === 1 && toStep === 1 && width >= RUN && ArrayBuffer.isView(from);
  const visit = (_row: number, offsets: Float64Array) => {
    let [source, target] = [offsets[0]!, offsets[1]!];
    if (inRuns) {
      (to as unknown as Float32Array).set(
        (from as unknown as Float32Array).subarray(source, source + width),
        target,
      );
      return;
    }
    for (let i = 0; i < width; i++) {
      to[target] = from[source]!;
      source += fromStep;
      target += toStep;
    }
  };
  forEachRow(dims, strides, visit, starts);
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
