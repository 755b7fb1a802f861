import { fetchedBytes } from '../../files.ts';
import { refusal } from '../../refusal.ts';
import { drawn } from './canvas.ts';
import type { Pixels } from './pixels.ts';

/** The pixels of a picture's file, turned upright. */
export async function decoded(source: string | Uint8Array): Promise<Pixels> {
  const bytes = typeof source === 'string' ? await fetchedBytes(source) : source;
  try {
    return drawn(await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>])));
  } catch (cause) {
    throw refusal('a picture', 'a file that the browser decodes', (cause as Error).message, {
      code: 'ERR_FILE',
      cause,
    });
  }
}
