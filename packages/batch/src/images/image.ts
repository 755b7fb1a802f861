import { rangeError, Tensor, unexpected } from '@zeroskip/tensor';
import type { Sharp } from 'sharp';
import { type Placement, place, targetOf } from './placement.ts';
import type { Preparation } from './preparation.ts';
import type { ImageShape, Size } from './shape.ts';
import { openImage } from './sharp.ts';

/** A photo as a network takes it. */
export interface PreparedImage {
  readonly tensor: Tensor<'float32'>;
  /** Finds out where the photo's pixels are in the tensor. */
  readonly placement: () => Promise<Placement>;
}

function perChannel(name: 'mean' | 'std', values: readonly number[], channels: number): number[] {
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  if (values.length !== channels) throw rangeError(`--${name}`, `1 or ${channels} numbers`, values);
  return [...values];
}

/** What each of the 256 values of a pixel becomes, for each channel. */
function tablesOf({ mean, std }: Pick<Preparation, 'mean' | 'std'>, channels: number): Float32Array[] {
  const means = perChannel('mean', mean, channels);
  const stds = perChannel('std', std, channels);
  return means.map((shift, channel) =>
    Float32Array.from({ length: 256 }, (_, pixel) => (pixel - shift) / stds[channel]!),
  );
}

function placed(image: Sharp, { target, inner, left, top }: Omit<Placement, 'photo'>, grey: number): Sharp {
  const resized = image.resize(inner.width, inner.height, { fit: 'fill' });
  if (left < 0 || top < 0) return resized.extract({ left: -left, top: -top, ...target });
  const [right, bottom] = [target.width - inner.width - left, target.height - inner.height - top];
  if (left + top + right + bottom === 0) return resized;
  const background = { r: grey, g: grey, b: grey, alpha: 1 };
  return resized.extend({ left, top, right, bottom, background });
}

/** Where a photo goes, by its size upright, which its file says before it is decoded. */
async function placementOf(
  image: Sharp,
  shape: ImageShape<number | string>,
  preparation: Preparation,
): Promise<Placement> {
  const { autoOrient: photo } = await image.metadata();
  return place(photo, targetOf(photo, shape, preparation), preparation);
}

/** The size of a network's input that every photo fills whole, whatever its own. */
function filledSize(
  { height, width }: ImageShape<number | string>,
  { resize }: Preparation,
): Size | undefined {
  return resize === 'stretch' && typeof height === 'number' && typeof width === 'number'
    ? { height, width }
    : undefined;
}

/**
 * Decodes an image, upright, and makes of it what a network takes.
 * @param shape dims of the network's input; open ones follow from `preparation` and the photo
 * @param what the file's role, for errors
 * @param floats gives the array that the tensor is written to
 * @throws with code `ERR_INVALID_FORMAT` for a file that is not a decodable image
 */
export async function imageTensor(
  file: Uint8Array,
  shape: ImageShape<number | string>,
  preparation: Preparation,
  what: string,
  floats = (length: number): Float32Array => new Float32Array(length),
): Promise<PreparedImage> {
  const { channels, channelsLast } = shape;
  const tables = tablesOf(preparation, channels);
  let pixels: Buffer;
  let where: Omit<Placement, 'photo'>;
  let found: Promise<Placement> | undefined;
  let placement: PreparedImage['placement'];
  try {
    const upright = (await openImage(file)).autoOrient();
    placement = () => {
      found ??= placementOf(upright, shape, preparation);
      return found;
    };
    const filled = filledSize(shape, preparation);
    where = filled ? place(filled, filled, preparation) : await placement();
    const opaque = channels === 4 ? upright.ensureAlpha() : upright.removeAlpha();
    const image = placed(opaque, where, preparation.fill);
    const coloured = channels === 1 ? image.greyscale() : image.toColourspace('srgb');
    pixels = await coloured.raw().toBuffer();
  } catch (cause) {
    const expected = 'a JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG image, or a .npy file';
    throw unexpected('ERR_INVALID_FORMAT', what, expected, 'a file that cannot be decoded', cause);
  }
  const { height, width } = where.target;
  const plane = height * width;
  const values = floats(channels * plane);
  const isReversed = preparation.channels === 'bgr' && channels >= 3;
  for (const [channel, table] of tables.entries()) {
    let from = isReversed && channel < 3 ? 2 - channel : channel;
    const [start, step] = channelsLast ? [channel, channels] : [channel * plane, 1];
    const end = start + plane * step;
    for (let to = start; to < end; to += step, from += channels) values[to] = table[pixels[from]!]!;
  }
  const dims = channelsLast ? [1, height, width, channels] : [1, channels, height, width];
  return { tensor: new Tensor('float32', values, dims), placement };
}
