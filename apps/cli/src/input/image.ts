import { rangeError, Tensor } from '@zeroskip/tensor';
import type { Sharp } from 'sharp';
import { unexpected } from '../errors.ts';

/** How pixels become values: `(pixel - mean) / std`, on 0–255; one number for all channels, or one for each. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What one image is as a tensor: `1 × C × H × W`, or `1 × H × W × C` with `channelsLast`. */
export interface ImageShape<Dim = number> {
  /** Grey, sRGB, or sRGB with how opaque it is. */
  readonly channels: 1 | 3 | 4;
  readonly channelsLast: boolean;
  readonly height: Dim;
  readonly width: Dim;
}

/** Reads dims as those of one image; undefined for others. Where both orders fit, channels come first. */
export function imageShape<Dim extends number | string>(dims: readonly Dim[]): ImageShape<Dim> | undefined {
  const [batch, first, second, third] = dims;
  if (dims.length !== 4 || (batch !== 1 && typeof batch !== 'string')) return undefined;
  const isColours = (dim: Dim | undefined): dim is Dim & (1 | 3 | 4) => dim === 1 || dim === 3 || dim === 4;
  if (isColours(first)) return { channels: first, channelsLast: false, height: second!, width: third! };
  if (isColours(third)) return { channels: third, channelsLast: true, height: first!, width: second! };
  return undefined;
}

async function open(
  file: Buffer | Uint8Array,
  raw?: { width: number; height: number; channels: 1 | 3 },
): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return raw === undefined ? sharp(file) : sharp(file, { raw });
}

function perChannel(name: 'mean' | 'std', values: readonly number[], channels: number): number[] {
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  if (values.length !== channels) throw rangeError(`--${name}`, `1 or ${channels} numbers`, values);
  return [...values];
}

/**
 * Decodes an image, upright, and resizes it to what a network takes.
 * @param what the file's role, for errors
 * @throws with code `ERR_INVALID_FORMAT` for a file that is not a decodable image
 */
export async function imageTensor(
  file: Buffer,
  { channels, channelsLast, height, width }: ImageShape,
  { mean, std }: Normalization,
  what: string,
): Promise<Tensor<'float32'>> {
  const means = perChannel('mean', mean, channels);
  const stds = perChannel('std', std, channels);
  let pixels: Buffer;
  try {
    const upright = (await open(file)).autoOrient();
    const opaque = channels === 4 ? upright.ensureAlpha() : upright.removeAlpha();
    const image = opaque.resize(width, height, { fit: 'fill' });
    const coloured = channels === 1 ? image.greyscale() : image.toColourspace('srgb');
    pixels = await coloured.raw().toBuffer();
  } catch (cause) {
    const expected = 'a JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG image, or a .npy file';
    throw unexpected('ERR_INVALID_FORMAT', what, expected, 'a file that cannot be decoded', cause);
  }
  const plane = height * width;
  const values = new Float32Array(channels * plane);
  for (let channel = 0; channel < channels; channel++) {
    const [shift, scale] = [means[channel]!, stds[channel]!];
    const [start, step] = channelsLast ? [channel, channels] : [channel * plane, 1];
    for (let i = 0; i < plane; i++) {
      values[start + i * step] = (pixels[i * channels + channel]! - shift) / scale;
    }
  }
  const dims = channelsLast ? [1, height, width, channels] : [1, channels, height, width];
  return new Tensor('float32', values, dims);
}

/**
 * A PNG of a tensor `1 × C × H × W` or `1 × H × W × C`, C = 1 (grey) or 3 (sRGB): 0 is black, 1 white, what lies
 * outside is cut off.
 * @throws with code `ERR_INVALID_SHAPE` for any other shape
 */
export async function pngOf(tensor: Tensor, what: string): Promise<Buffer> {
  const shape = imageShape(tensor.dims);
  if (shape === undefined || shape.channels === 4 || tensor.type !== 'float32' || tensor.size === 0) {
    const expected =
      'a float32 tensor 1 × 1 or 3 × H × W, or 1 × H × W × 1 or 3 (use a .npy file for others)';
    throw rangeError(what, expected, `${tensor.type} ${tensor.dims.join(' × ')}`, 'ERR_INVALID_SHAPE');
  }
  const { channels, channelsLast, height, width } = shape;
  const values = (channelsLast ? tensor : tensor.toLayout('NHWC')).data as Float32Array;
  const pixels = Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  const image = await open(pixels, { width, height, channels });
  return image.png().toBuffer();
}

/**
 * Dark blue to yellow by way of green: each step is as much brighter as the last, in print and for the colour-blind.
 */
const COLOURS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** A PNG of shares from 0 to 1. */
export async function heatPng(shares: Float32Array, height: number, width: number): Promise<Buffer> {
  const pixels = new Uint8Array(3 * shares.length);
  for (const [i, share] of shares.entries()) {
    const at = share * (COLOURS.length - 1);
    const low = Math.min(COLOURS.length - 2, Math.floor(at));
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [COLOURS[low]![channel]!, COLOURS[low + 1]![channel]!];
      pixels[3 * i + channel] = Math.round(from + (to - from) * (at - low));
    }
  }
  return (await open(pixels, { width, height, channels: 3 })).png().toBuffer();
}
