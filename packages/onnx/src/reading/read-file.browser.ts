import { modelError } from '../graph/model-error.ts';
import { joined } from './bytes.ts';

interface ReadOptions {
  readonly what?: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a page fetches from an address, which may be relative to the page. */
export async function readModelFile(
  path: string,
  maxBytes: number,
  { what = `model file ${path}`, onProgress }: ReadOptions = {},
): Promise<Uint8Array> {
  const response = await fetch(path).catch((cause: Error) => {
    throw modelError(what, 'a file that can be fetched', cause.message, 'ERR_FILE');
  });
  if (!response.ok) {
    throw modelError(what, 'a file that can be fetched', `status ${response.status}`, 'ERR_FILE');
  }
  // Of what is sent: a server may have compressed it.
  const announced = Number(response.headers.get('content-length') ?? 0);
  const parts: Uint8Array[] = [];
  let done = 0;
  const reader = response.body!.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    done += part.value.length;
    if (done > maxBytes) {
      await reader.cancel();
      throw modelError(`size of ${what}`, `at most ${maxBytes} bytes`, done, 'ERR_LIMIT_EXCEEDED');
    }
    parts.push(part.value);
    onProgress?.(done, Math.max(done, announced));
  }
  return joined(parts);
}

/** A file in the folder of a model. */
export function readBeside(
  model: string,
  location: string,
  what: string,
  { maxBytes }: { readonly maxBytes: number },
): Promise<Uint8Array> {
  const path = location.split('/').map(encodeURIComponent).join('/');
  return readModelFile(new URL(path, new URL(model, globalThis.location.href)).href, maxBytes, { what });
}
