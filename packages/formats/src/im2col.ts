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
import { bitsOf, type MapShape } from './activation-map.ts';
import { assertCopies, MAX_LOWERED_ELEMENTS, matrixLines } from './dense.ts';
import { assertClass, assertLength, type Context, defineFormat } from './format.ts';
import { im2colElements, publishedLayer } from './published-elements.ts';
import type { Reads } from './reads.ts';

type Im2colArrays = { readonly values: Float32Array };

function rowLength({ channels }: MapShape, { geometry: { kernel } }: Pick<Context, 'geometry'>): number {
  return kernel[0] * kernel[1] * channels;
}

function elements(shape: MapShape, reads: Reads, context: Pick<Context, 'geometry'>): number {
  return reads.outHeight * reads.outWidth * rowLength(shape, context);
}

/** Calls `visit(entry, element)` for every matrix entry that is not padding. */
function visitEntries(
  { shape, geometry, reads }: Context,
  visit: (entry: number, element: number) => void,
): void {
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
}

export const im2col = defineFormat<Im2colArrays>({
  id: 'im2col',
  summary: 'every receptive field as a row of a dense matrix',
  sizeFormula: '4·Oh·Ow·Kh·Kw·C',
  arrayNames: ['values'],
  refusal(context) {
    const count = elements(context.shape, context.reads, context);
    if (count <= MAX_LOWERED_ELEMENTS) return undefined;
    return `its matrix would have ${count} elements, more than ${MAX_LOWERED_ELEMENTS}`;
  },
  encode(map, context) {
    const values = new Float32Array(elements(context.shape, context.reads, context));
    const source = bitsOf(map.data);
    const target = bitsOf(values);
    visitEntries(context, (entry, element) => {
      target[entry] = source[element]!;
    });
    return { values };
  },
  validate({ values }, context) {
    assertClass('values', values, Float32Array);
    assertLength('values', values, elements(context.shape, context.reads, context));
    assertCopies(values, context, visitEntries);
  },
  decode({ values }, context, data) {
    const source = bitsOf(values);
    const target = bitsOf(data);
    visitEntries(context, (entry, element) => {
      target[element] = source[entry]!;
    });
  },
  formulaBytes: (statistics) => 4 * elements(statistics.shape, statistics.reads, statistics),
  publishedElements: (statistics) => im2colElements(publishedLayer(statistics)),
  annotate: ({ values }, context) => [matrixLines(values, rowLength(context.shape, context))],
});
