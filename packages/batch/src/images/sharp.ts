import type { Sharp } from 'sharp';
import type { Size } from './shape.ts';

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
