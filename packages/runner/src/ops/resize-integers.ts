import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { type AxisResize, coordinate, type ResizeOptions, unchanged } from './resize-axis.ts';

const f = Math.fround;

/** Whether only heights and widths, the last two axes, are resized, linearly. */
export function isPlane(axes: readonly AxisResize[], settings: ResizeOptions): boolean {
  const { mode, antialias, excludeOutside, coordinates } = settings;
  const isPlain = mode === 'linear' && !antialias && !excludeOutside && coordinates !== 'tf_crop_and_resize';
  return isPlain && axes.slice(0, -2).every((axis) => unchanged(axis, settings));
}

/** The two neighbours of each output element, and the weight of each. */
function neighbours(axis: AxisResize, settings: ResizeOptions) {
  const last = axis.input - 1;
  return Array.from({ length: axis.output }, (_, i) => {
    const at = unchanged(axis, settings) ? i : coordinate(settings.coordinates, i, axis);
    const inside = Math.min(last, Math.max(0, at));
    const low = Math.floor(inside);
    const high = Math.min(last, low + 1);
    const weights = low === high ? [0.5, 0.5] : [f(high - inside), f(inside - low)];
    return { low, high, weights: weights as [number, number] };
  });
}

/**
 * Linear resizing of integers. A result is cut off, so that the last bit of a sum decides: products and sums are
 * rounded to 32 bits one by one, in onnxruntime's order.
 */
export function resizeIntegers(x: Tensor, axes: readonly AxisResize[], settings: ResizeOptions): Tensor {
  const whole: AxisResize = { input: 1, output: 1, scale: 1, roi: [0, 1] };
  const [rowAxis, columnAxis] = [axes.at(-2) ?? whole, axes.at(-1) ?? whole];
  const [rows, columns] = [neighbours(rowAxis, settings), neighbours(columnAxis, settings)];
  const dims = axes.map(({ output }) => output);
  const to = allocate(x.type, sizeOf(dims)) as Int32Array;
  const from = x.data as Int32Array;
  const width = columnAxis.input;
  let next = 0;
  for (let plane = 0; plane < from.length; plane += rowAxis.input * width) {
    for (const { low: top, high: bottom, weights: vertical } of rows) {
      for (const { low: left, high: right, weights: horizontal } of columns) {
        const term = (row: number, column: number, y: 0 | 1, x: 0 | 1) =>
          f(f(horizontal[x] * vertical[y]) * from[plane + row * width + column]!);
        const upper = f(term(top, left, 0, 0) + term(top, right, 0, 1));
        to[next++] = f(f(upper + term(bottom, left, 1, 0)) + term(bottom, right, 1, 1));
      }
    }
  }
  return new Tensor(x.type, to as never, dims);
}
