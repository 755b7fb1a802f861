import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { modelHash } from '@zeroskip/runner';
import type { ZeroskipError } from '@zeroskip/tensor';
import { unexpected } from './errors.ts';

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
  return unexpected('ERR_FILE', what, expected, received, cause);
}

async function reading<T>(what: string, path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw fileError('a readable file', what, path, cause);
  }
}

/** The bytes of a file; `what` names its role in the error. */
export function readBytes(what: string, path: string): Promise<Buffer> {
  return reading(what, path, () => readFile(path));
}

/** The bytes of a file; undefined when there is none. */
export function readIfThere(what: string, path: string): Promise<Buffer | undefined> {
  return reading(what, path, () =>
    readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw cause;
    }),
  );
}

/** The first bytes of a file, at most `count`. */
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

/** A model's file, as reports name it. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
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

/** Writes what a report holds; nothing without a path. */
export async function writeJson(path: string | undefined, report: object): Promise<void> {
  if (path !== undefined) await writeWhole('--json', path, `${JSON.stringify(report, null, 2)}\n`);
}
