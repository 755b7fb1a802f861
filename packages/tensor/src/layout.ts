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

/** Copies `from` into `to` so that `to` is in `layout` and `from` in the other one. */
export function repack(from: NumberArray, to: NumberArray, { n, c, h, w }: MapShape, layout: Layout): void {
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
