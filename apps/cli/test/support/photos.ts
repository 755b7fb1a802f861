import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes photos of noise, each of its own: `000.jpg`, `001.jpg`, … */
export async function writePhotos(folder: string, count: number, side = 40): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(3, '0')}.jpg`);
  for (const [seed, name] of names.entries()) {
    const noise = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * (2 * seed + 71)) % 256);
    const image = sharp(noise, { raw: { width: side, height: side, channels: 3 } });
    writeFileSync(join(folder, name), await image.jpeg().toBuffer());
  }
  return names;
}
