import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** A small photo of its own colours. */
export function photo(seed: number): Promise<Buffer> {
  const noise = Uint8Array.from({ length: 3 * 40 * 30 }, (_, i) => (i * (2 * seed + 71)) % 256);
  return sharp(noise, { raw: { width: 40, height: 30, channels: 3 } })
    .jpeg()
    .toBuffer();
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, data] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  }
}

/** Writes photos `000.jpg`, `001.jpg`, … */
export async function writePhotos(folder: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(3, '0')}.jpg`);
  for (const [i, name] of names.entries()) writeFiles(folder, { [name]: await photo(i) });
  return names;
}
