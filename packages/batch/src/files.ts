import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { modelHash } from '@zeroskip/runner';
import { unexpected, type ZeroskipError } from '@zeroskip/tensor';

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through something that is not a folder',
  ENOSPC: 'no space left on the device',
  EROFS: 'a read-only file system',
};

/** Words why a file cannot be used. */
export function fileError(expected: string, what: string, path: string, cause: unknown): ZeroskipError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const received = `${JSON.stringify(path)} (${REASONS[code ?? ''] ?? message})`;
  return unexpected('ERR_FILE', what, expected, received, cause);
}

export async function reading<T>(
  what: string,
  path: string,
  read: () => Promise<T>,
  expected = 'a readable file',
): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw fileError(expected, what, path, cause);
  }
}

/**
 * The bytes of a file; `what` names its role in the error.
 * @internal
 */
export function readBytes(what: string, path: string): Promise<Buffer> {
  return reading(what, path, () => readFile(path));
}

/**
 * The same, at once: in a thread of its own that costs less than waking other threads for it.
 * @param take gives memory of at least so many bytes
 */
export function readBytesNow(what: string, path: string, take: (bytes: number) => ArrayBuffer): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const stats = fstatSync(file);
      // Pipes and the like have no size.
      if (!stats.isFile()) return readFileSync(file);
      const bytes = Buffer.from(take(stats.size), 0, stats.size);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = readSync(file, bytes, length, bytes.length - length, null);
      }
      return bytes.subarray(0, length);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw fileError('a readable file', what, path, cause);
  }
}

/**
 * The bytes of a file; undefined when there is none.
 * @internal
 */
export function readIfThere(what: string, path: string): Promise<Buffer | undefined> {
  return reading(what, path, () =>
    readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw cause;
    }),
  );
}

/**
 * The first bytes of a file, at most `count`.
 * @internal
 */
export function readStart(what: string, path: string, count: number): Promise<Buffer> {
  return reading(what, path, async () => {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  });
}

/**
 * SHA-256 of a model, of the files beside it, too.
 * @internal
 */
export async function hashModel(path: string, { followLinks = false } = {}): Promise<string> {
  return modelHash(await readBytes('the model', path), path, { followLinks });
}

/** Returns when the bytes are on the disk: a rename could reach it before them. */
async function writeSynced(path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(data);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a file whole or not at all: beside it first, then renamed into place.
 * @param beside where it is written first, on the same file system
 * @internal
 */
export async function writeWhole(
  what: string,
  path: string,
  data: string | Uint8Array,
  beside = `${path}.${randomUUID()}.tmp`,
): Promise<void> {
  try {
    await writeSynced(beside, data);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw fileError('a writable file', what, path, cause);
  }
}

/**
 * Makes the folder of a file that is to be written.
 * @internal
 */
export async function makeFolderOf(what: string, path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw fileError('a writable folder', what, dirname(path), cause);
  }
}
