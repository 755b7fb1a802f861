import type { Sharp } from 'sharp';
import type { Size } from './shape.ts';

/** Sets how many threads decode or encode one image, in this process; none is seen twice, so none is kept. */
export async function useThreads(count: number): Promise<void> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(count);
  sharp.cache(false);
}

/** An encoded image; sharp is loaded with the first. */
export async function openImage(file: Uint8Array): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return sharp(file);
}

/** An image of pixels in memory. */
export async function openPixels(
  pixels: Uint8Array,
  { width, height }: Size,
  channels: 1 | 3,
): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return sharp(pixels, { raw: { width, height, channels } });
}
