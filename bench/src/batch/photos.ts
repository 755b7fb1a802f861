import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { photos } from '../packages.ts';

/** Writes as many JPEG files of about 1600 × 1000, each another part of a real photo. */
export async function writePhotos(folder: string, count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = Array.from({ length: count }, (_, i) => join(folder, `${String(i).padStart(5, '0')}.jpg`));
  for (const [i, path] of paths.entries()) {
    const part = {
      left: (i * 37) % 200,
      top: (i * 53) % 150,
      width: 1600 + ((i * 11) % 100),
      height: 1000 + ((i * 7) % 100),
    };
    await sharp(photos[i % photos.length]!)
      .extract(part)
      .jpeg({ quality: 88 })
      .toFile(path);
  }
  return paths;
}
