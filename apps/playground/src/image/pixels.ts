import type { Size } from './input.ts';

/** An error that leaves the session as it is. */
class PhotoError extends Error {
  readonly code = 'ERR_PHOTO';
}

/** The pixels of an image file, stretched to a size; what is transparent becomes white. */
export async function pixelsOf(photo: Blob, { height, width }: Size): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(photo).catch(() => {
    throw new PhotoError('The file of the photo is no image that this browser reads.');
  });
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height).data;
}
