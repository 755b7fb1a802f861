import { rangeError } from './errors.ts';

/** Order of a map's elements in memory. NCHW is ONNX's; NHWC ("channels last") is what the kernels use. */
export type Layout = 'NCHW' | 'NHWC';

interface MapShape {
  n: number;
  c: number;
  h: number;
  w: number;
}

interface NumberArray {
  readonly length: number;
  [index: number]: number;
}

/**
 * Copies the `n · c · h · w` values of `from` into `to`, so that `to` is in `layout` and `from` in the other.
 * @throws `ZeroskipRangeError` when one of them has another length, or for an unknown layout.
 */
export function repack(from: NumberArray, to: NumberArray, { n, c, h, w }: MapShape, layout: Layout): void {
  if (layout !== 'NCHW' && layout !== 'NHWC') throw rangeError('layout', 'NCHW or NHWC', layout);
  const size = n * c * h * w;
  for (const [name, { length }] of Object.entries({ from, to })) {
    if (length !== size) throw rangeError(name, `${size} values`, length, 'ERR_INVALID_SHAPE');
  }
  const pixels = h * w;
  for (let image = 0; image < n; image++) {
    const base = image * c * pixels;
    for (let channel = 0; channel < c; channel++) {
      const plane = base + channel * pixels;
      if (layout === 'NHWC') {
        for (let p = 0; p < pixels; p++) to[base + p * c + channel] = from[plane + p]!;
      } else {
        for (let p = 0; p < pixels; p++) to[plane + p] = from[base + p * c + channel]!;
      }
    }
  }
}
