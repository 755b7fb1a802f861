/*
 * im2col: every receptive field is a row of a dense matrix.
 *
 *   values   (Oh·Ow) × (Kh·Kw·C) float32
 *
 *            ┌ output 0,0 ─ tap 0,0: C channels │ tap 0,1: C channels │ … │ tap Kh-1,Kw-1: C channels
 *            │ output 0,1 ─ …
 *            └ output Oh-1,Ow-1 ─ …
 *
 *   bytes    4·Oh·Ow·Kh·Kw·C
 *   elements Oh·Ow·Kh·Kw·C
 */
import { defineMatrixFormat } from './arrays/matrix.ts';

export const im2col = defineMatrixFormat({
  id: 'im2col',
  summary: 'every receptive field as a row of a dense matrix',
  sizeFormula: '4·Oh·Ow·Kh·Kw·C',
  rowCount: ({ reads }) => reads.outHeight * reads.outWidth,
  rowLength: ({ shape, geometry: { kernel } }) => kernel[0] * kernel[1] * shape.channels,
  visitEntries({ shape, geometry, reads }, visit) {
    const { channels, height, width } = shape;
    const { kernel, strides, dilations, pads } = geometry;
    let entry = 0;
    for (let oy = 0; oy < reads.outHeight; oy++) {
      for (let ox = 0; ox < reads.outWidth; ox++) {
        for (let ky = 0; ky < kernel[0]; ky++) {
          const y = oy * strides[0] + ky * dilations[0] - pads[0];
          for (let kx = 0; kx < kernel[1]; kx++, entry += channels) {
            const x = ox * strides[1] + kx * dilations[1] - pads[1];
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            for (let channel = 0; channel < channels; channel++) {
              visit(entry + channel, (channel * height + y) * width + x);
            }
          }
        }
      }
    }
  },
});
