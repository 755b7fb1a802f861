import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { committed } from '@zeroskip/kernels';
import { modelError } from './model-error.ts';

/** Large enough to read at the disk's speed, small enough that progress moves. */
const CHUNK_BYTES = 1 << 24;

function allocated(what: string, size: number): Uint8Array {
  try {
    return committed(new Uint8Array(size));
  } catch {
    throw modelError(
      `the bytes of ${what}`,
      `memory for ${size} bytes`,
      'none from the system',
      'ERR_OUT_OF_MEMORY',
    );
  }
}

/** The whole of an open regular file, up to `maxBytes`. */
export async function readAll(
  handle: FileHandle,
  what: string,
  maxBytes: number,
  onProgress?: (done: number, total: number) => void,
): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > maxBytes)
    throw modelError(`size of ${what}`, `at most ${maxBytes} bytes`, size, 'ERR_LIMIT_EXCEEDED');
  const bytes = allocated(what, size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(CHUNK_BYTES, size - done), done);
    if (bytesRead === 0) throw modelError(`size of ${what}`, `${size} bytes`, done, 'ERR_FILE');
    done += bytesRead;
    onProgress?.(done, size);
  }
  return bytes;
}

/**
 * Reads a file that the caller names. @throws `ZeroskipError` with code `ERR_FILE` when there is no readable regular
 * file.
 */
export async function readModelFile(
  path: string,
  maxBytes: number,
  {
    what = `model file ${path}`,
    onProgress,
  }: { what?: string; onProgress?: ((done: number, total: number) => void) | undefined } = {},
): Promise<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw modelError(what, 'a readable file', (error as NodeJS.ErrnoException).code, 'ERR_FILE');
  }
  try {
    if (!(await handle.stat()).isFile())
      throw modelError(what, 'a regular file', 'something else', 'ERR_FILE');
    return await readAll(handle, what, maxBytes, onProgress);
  } finally {
    await handle.close();
  }
}
