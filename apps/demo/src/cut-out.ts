import { rename } from 'node:fs/promises';
import sharp from 'sharp';

/**
 * Writes a photo with a mask as its transparency.
 * @param photo an image file
 * @param mask a grey image file of any size: black is transparent
 * @param target a `.png` file, written whole or not at all
 */
export async function writeCutOut(photo: string, mask: string, target: string): Promise<void> {
  const { data, info } = await sharp(photo).autoOrient().removeAlpha().toColourspace('srgb').raw().toBuffer({
    resolveWithObject: true,
  });
  const { width, height } = info;
  const alpha = await sharp(mask).resize(width, height, { fit: 'fill' }).greyscale().raw().toBuffer();
  const beside = `${target}.tmp`;
  await sharp(data, { raw: { width, height, channels: 3 } })
    .joinChannel(alpha, { raw: { width, height, channels: 1 } })
    .png()
    .toFile(beside);
  await rename(beside, target);
}
