import { rangeError, type Tensor } from '@zeroskip/tensor';
import { type Placement, shown } from './placement.ts';
import { imageShape, type Size } from './shape.ts';
import { openImage, openPixels } from './sharp.ts';

const byteOf = (share: number) => Math.round(255 * Math.min(1, Math.max(0, share)));

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
  const values = (shape.channelsLast ? tensor : tensor.toLayout('NHWC')).data as Float32Array;
  const image = await openPixels(Uint8Array.from(values, byteOf), shape, shape.channels);
  return image.png().toBuffer();
}

/**
 * A mask as large as the photo, a byte for each pixel; black where the network did not see it.
 * @param shares of a mask as large as the network's output, from 0 to 1
 */
export async function photoMask(shares: Float32Array, size: Size, placement: Placement): Promise<Buffer> {
  const { target, photo } = shown(placement);
  // Networks give masks of their input's size, or of a part of it.
  const [x, y] = [size.width / placement.target.width, size.height / placement.target.height];
  const left = Math.min(size.width - 1, Math.round(target.left * x));
  const top = Math.min(size.height - 1, Math.round(target.top * y));
  const seen = {
    left,
    top,
    width: Math.max(1, Math.min(size.width - left, Math.round(target.width * x))),
    height: Math.max(1, Math.min(size.height - top, Math.round(target.height * y))),
  };
  const image = await openPixels(Uint8Array.from(shares, byteOf), size, 1);
  const mask = image
    .extract(seen)
    .resize(photo.width, photo.height, { fit: 'fill' })
    .extend({
      left: photo.left,
      top: photo.top,
      right: placement.photo.width - photo.left - photo.width,
      bottom: placement.photo.height - photo.top - photo.height,
      background: 'black',
    });
  return mask.toColourspace('b-w').raw().toBuffer();
}

/** A PNG of a mask that `photoMask` made. */
export async function maskPng(mask: Buffer, photo: Size): Promise<Buffer> {
  return (await openPixels(mask, photo, 1)).toColourspace('b-w').png().toBuffer();
}

/** A PNG of the photo that is as opaque as the mask is light. */
export async function cutOutPng(file: Uint8Array, mask: Buffer, photo: Size): Promise<Buffer> {
  const opaque = (await openImage(file)).autoOrient().removeAlpha().toColourspace('srgb');
  const { width, height } = photo;
  // In one go, sharp would remove the mask, too.
  const image = await openPixels(await opaque.raw().toBuffer(), photo, 3);
  return image
    .joinChannel(mask, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}
