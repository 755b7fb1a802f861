import type { Pair } from '@zeroskip/tensor';
import type { Layer } from '../format.ts';

/**
 * What the published accounting needs to know of a layer. It counts elements, not bytes: a value, an index and
 * a pointer are one each, and pointers are counted once for the layer, not once per channel.
 * Source: the tables that the authors of arXiv 2104.08314 published with their code.
 */
export interface PublishedLayer {
  readonly channels: number;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly output: Pair;
  /** Height and width with padding. */
  readonly padded: Pair;
}

export function publishedLayer({ shape, geometry, reads }: Layer): PublishedLayer {
  return {
    channels: shape.channels,
    kernel: geometry.kernel,
    strides: geometry.strides,
    output: [reads.outHeight, reads.outWidth],
    padded: [reads.paddedHeight, reads.paddedWidth],
  };
}

/** `Oh·Ow·Ic·Kh·Kw` */
export function im2colElements({ channels, kernel, output }: PublishedLayer): number {
  return output[0] * output[1] * channels * kernel[0] * kernel[1];
}

/** `Ow·Kw·Ih·Ic` */
export function mecElements({ channels, kernel, output, padded }: PublishedLayer): number {
  return output[1] * kernel[1] * padded[0] * channels;
}

function pointerElements({ kernel, strides, output }: PublishedLayer): number {
  return Math.ceil(kernel[1] / strides[1]) * (output[1] + 1);
}

/** `ceil(Kw/Sw)·(Ow+1) + 2·nnz` */
export function cpoElements(layer: PublishedLayer, nonZeros: number): number {
  return pointerElements(layer) + 2 * nonZeros;
}

/** `ceil(Kw/Sw)·(Ow+1) + nnz + indices` */
export function cpsElements(layer: PublishedLayer, nonZeros: number, setIndices: number): number {
  return pointerElements(layer) + nonZeros + setIndices;
}

/** `(Ow+1) + 2·nnz` of the MEC matrix */
export function csccElements({ output }: PublishedLayer, loweredNonZeros: number): number {
  return output[1] + 1 + 2 * loweredNonZeros;
}
