/** Files of this machine; pages have `read-file.browser.ts`. */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { committed } from '@zeroskip/kernels';
import { modelError } from '../graph/model-error.ts';

/** Large enough to read at the disk's speed, small enough that progress moves. */
const CHUNK_BYTES = 1 << 24;

function allocated(what: string, size: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(size);
  } catch {
    throw modelError(
      `the bytes of ${what}`,
      `memory for ${size} bytes`,
      'none from the system',
      'ERR_OUT_OF_MEMORY',
    );
  }
  return committed(bytes);
}

/** The whole of an open regular file, up to `maxBytes`. */
async function readAll(
  handle: FileHandle,
  what: string,
  maxBytes: number,
  onProgress?: (done: number, total: number) => void,
): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > maxBytes)
    throw modelError(`size of ${what}`, `at most ${maxBytes} bytes`, size, 'ERR_LIMIT_EXCEEDED');
  const bytes = allocated(what, size);
  // File handles of Yarn's Plug'n'Play take no other arrays.
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await handle.read(buffer, done, Math.min(CHUNK_BYTES, size - done), done);
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

async function openBeside(path: string, what: string, followLinks: boolean): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    if (!followLinks && (await realpath(path)) !== path)
      throw modelError(what, 'a path without links, or option followLinks', 'a link');
    const noFollow = followLinks ? 0 : constants.O_NOFOLLOW;
    handle = await open(path, constants.O_RDONLY | noFollow | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw modelError(what, 'a regular file', 'something else');
    if (!followLinks && stat.nlink !== 1) {
      const received = `a file with ${stat.nlink} hard links`;
      throw modelError(what, 'a file with one name, or option followLinks', received);
    }
    return handle;
  } catch (error) {
    await handle?.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code.startsWith('ERR_')) throw error;
    throw modelError(what, 'a readable file', code, 'ERR_FILE');
  }
}

/**
 * Reads a file in the folder of a model: a regular one, and not through a symbolic or hard link unless links are
 * followed.
 * @param location relative to the folder, without `..`
 */
export async function readBeside(
  model: string,
  location: string,
  what: string,
  { maxBytes, followLinks }: { readonly maxBytes: number; readonly followLinks: boolean },
): Promise<Uint8Array> {
  const folder = await realpath(dirname(model));
  const handle = await openBeside(join(folder, location), what, followLinks);
  try {
    return await readAll(handle, what, maxBytes);
  } finally {
    await handle.close();
  }
}
