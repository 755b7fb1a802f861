import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { modelHash } from '@zeroskip/runner';
import { ZeroskipError } from '@zeroskip/tensor';

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through something that is not a folder',
  ENOSPC: 'no space left on the device',
  EROFS: 'a read-only file system',
};

function fileError(expected: string, what: string, path: string, cause: unknown): ZeroskipError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const received = `${JSON.stringify(path)} (${REASONS[code ?? ''] ?? message})`;
  return new ZeroskipError(`Expected ${expected} for ${what}, received ${received}.`, {
    code: 'ERR_FILE',
    expected,
    received,
    cause,
  });
}

/** The bytes of a file; `what` names its role in the error. */
export async function readBytes(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw fileError('a readable file', what, path, cause);
  }
}

/** The bytes of a file; undefined when there is none. */
export async function readIfThere(what: string, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError('a readable file', what, path, cause);
  }
}

/** The first bytes of a file, at most `count`. */
export async function readStart(what: string, path: string, count: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw fileError('a readable file', what, path, cause);
  } finally {
    await file?.close();
  }
}

/** How the files of a model are read. */
export interface ModelOptions {
  readonly followLinks?: boolean;
}

/** SHA-256 of a model, of the files beside it, too. */
export async function hashModel(path: string, { followLinks = false }: ModelOptions = {}): Promise<string> {
  return modelHash(await readBytes('the model', path), path, { followLinks });
}

/** Writes a file whole or not at all: beside it first, then renamed into place. */
export async function writeWhole(what: string, path: string, data: string | Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, data);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw fileError('a writable file', what, path, cause);
  }
}
