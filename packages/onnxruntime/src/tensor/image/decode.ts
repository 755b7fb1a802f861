import { fetchedBytes, isUrl } from '../../files.ts';
import { localPath } from '../../platform/platform.ts';
import { refusal } from '../../refusal.ts';
import type { Pixels } from './pixels.ts';

interface Decoded {
  readonly data: Uint8Array;
  readonly info: { readonly width: number; readonly height: number };
}

interface Pipeline {
  rotate(): Pipeline;
  toColourspace(name: string): Pipeline;
  ensureAlpha(): Pipeline;
  raw(): Pipeline;
  toBuffer(options: { resolveWithObject: true }): Promise<Decoded>;
}

type Sharp = (input: string | Uint8Array) => Pipeline;

/** The package `sharp`, which users install where they want pictures decoded. */
async function loadSharp(): Promise<Sharp> {
  const name: string = 'sharp';
  try {
    const { default: sharp } = (await import(name)) as { default: Sharp };
    return sharp;
  } catch (cause) {
    const expected = 'the package sharp, which decodes it (npm install sharp)';
    throw refusal('a picture', expected, 'none', { cause });
  }
}

/** The pixels of a picture's file, turned upright. */
export async function decoded(source: string | Uint8Array): Promise<Pixels> {
  const sharp = await loadSharp();
  const local = typeof source === 'string' ? localPath(source) : source;
  const input = typeof local === 'string' && isUrl(local) ? await fetchedBytes(local) : local;
  try {
    const upright = sharp(input).rotate().toColourspace('srgb').ensureAlpha();
    const { data, info } = await upright.raw().toBuffer({ resolveWithObject: true });
    const { buffer, byteOffset, byteLength } = data;
    return {
      data: new Uint8ClampedArray(buffer, byteOffset, byteLength),
      width: info.width,
      height: info.height,
    };
  } catch (cause) {
    throw refusal('a picture', 'a file that sharp decodes', (cause as Error).message, {
      code: 'ERR_FILE',
      cause,
    });
  }
}
