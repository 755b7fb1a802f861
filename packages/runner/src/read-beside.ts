import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { modelError } from './onnx/model-error.ts';
import { readAll } from './onnx/read-file.ts';

/** Throws unless `location` is a plain relative path inside the model's folder. */
export function assertLocation(what: string, location: string): void {
  const plain =
    location !== '' &&
    !isAbsolute(location) &&
    !/[\\\0:]/.test(location) &&
    location.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!plain) throw modelError(what, "a relative path inside the model's folder", location);
}

async function openRegular(path: string, what: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    if ((await realpath(path)) !== path) throw modelError(what, 'a path without links', 'a link');
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw modelError(what, 'a regular file', 'something else');
    if (stat.nlink !== 1)
      throw modelError(what, 'a file with one name', `a file with ${stat.nlink} hard links`);
    return handle;
  } catch (error) {
    await handle?.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code.startsWith('ERR_')) throw error;
    throw modelError(what, 'a readable file', code, 'ERR_FILE');
  }
}

/** The folder of a model, without links. */
export function modelFolder(modelPath: string): Promise<string> {
  return realpath(dirname(modelPath));
}

/**
 * Reads a file that a model refers to: a regular file inside the model's folder, and never through a symbolic
 * or hard link.
 * @param kind what it is, for errors
 */
export async function readBeside(
  folder: string,
  location: string,
  kind: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const what = `${kind} ${JSON.stringify(location)}`;
  assertLocation(what, location);
  const handle = await openRegular(join(folder, location), what);
  try {
    return await readAll(handle, what, maxBytes);
  } finally {
    await handle.close();
  }
}
