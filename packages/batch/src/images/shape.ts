/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What one image is as a tensor: `1 × C × H × W`, or `1 × H × W × C` with `channelsLast`. */
export interface ImageShape<Dim = number> {
  /** Grey, sRGB, or sRGB with how opaque it is. */
  readonly channels: 1 | 3 | 4;
  readonly channelsLast: boolean;
  readonly height: Dim;
  readonly width: Dim;
}

/** The order of the axes of images. */
export const layouts = ['nchw', 'nhwc'] as const;
export type ImageLayout = (typeof layouts)[number];

/**
 * Reads dims as those of images; undefined for others.
 * @param layout where both orders fit; channels come first, unless told
 */
export function imageShape<Dim extends number | string>(
  dims: readonly Dim[],
  layout?: ImageLayout,
): ImageShape<Dim> | undefined {
  const [batch, first, second, third] = dims;
  if (dims.length !== 4 || (batch !== 1 && typeof batch !== 'string')) return undefined;
  const isColours = (dim: Dim | undefined): dim is Dim & (1 | 3 | 4) => dim === 1 || dim === 3 || dim === 4;
  if (isColours(first) && layout !== 'nhwc') {
    return { channels: first, channelsLast: false, height: second!, width: third! };
  }
  if (isColours(third) && layout !== 'nchw') {
    return { channels: third, channelsLast: true, height: first!, width: second! };
  }
  return undefined;
}
