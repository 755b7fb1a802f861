import sharp from 'sharp';

/** A photo as nsfwjs's networks take it: 1 × size × size × 3 values from 0 to 1, resized without its ratio. */
export async function photoInput(path: string, size: number): Promise<Float32Array> {
  const image = sharp(path).autoOrient().removeAlpha().toColourspace('srgb');
  const pixels = await image.resize(size, size, { fit: 'fill', kernel: 'linear' }).raw().toBuffer();
  return Float32Array.from(pixels, (value) => value / 255);
}
