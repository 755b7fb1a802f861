/*
 * MEC (Cho and Brand, ICML 2017): every slab of columns, over the whole padded height, is a row of a dense
 * matrix. Output row y multiplies the part of each row that begins y·Sh·Kw·C elements in.
 *
 *   values   Ow × (Ih·Kw·C) float32; Ih is the padded height
 *
 *            ┌ slab 0 ─ row 0: tap 0: C channels │ … │ tap Kw-1: C channels │ row 1: … │ row Ih-1: …
 *            │ slab 1 ─ …
 *            └ slab Ow-1 ─ …
 *
 *   bytes    4·Ow·Ih·Kw·C
 *   elements Ow·Ih·Kw·C
 *
 * Rows that no output reads are zeros, as in every format here.
 */
import { defineMatrixFormat } from './arrays/matrix.ts';
import type { Context, Layer } from './format.ts';

/** Elements of one row of the MEC matrix. */
export function mecRowLength({ shape, reads, geometry }: Layer): number {
  return reads.paddedHeight * geometry.kernel[1] * shape.channels;
}

/** Calls `visit(entry, element)`, in order, for every entry of the MEC matrix that some output reads. */
export function visitMecEntries(
  { shape, geometry, reads }: Context,
  visit: (entry: number, element: number) => void,
): void {
  const { channels, height, width } = shape;
  const { kernel, strides, dilations, pads } = geometry;
  let entry = 0;
  for (let slab = 0; slab < reads.outWidth; slab++) {
    for (let row = 0; row < reads.paddedHeight; row++) {
      for (let k = 0; k < kernel[1]; k++, entry += channels) {
        const x = slab * strides[1] + k * dilations[1] - pads[1];
        if (!reads.rows[row] || x < 0 || x >= width) continue;
        for (let channel = 0; channel < channels; channel++) {
          visit(entry + channel, (channel * height + row - pads[0]) * width + x);
        }
      }
    }
  }
}

export const mec = defineMatrixFormat({
  id: 'mec',
  summary: 'every slab of columns as a row of a dense matrix',
  sizeFormula: '4·Ow·Ih·Kw·C',
  rowCount: ({ reads }) => reads.outWidth,
  rowLength: mecRowLength,
  visitEntries: visitMecEntries,
});
