import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Limits } from '../limits.ts';
import { modelError } from './model-error.ts';
import { readAll } from './read-file.ts';
import type { ModelProto, TensorProto } from './schema.ts';

const EXTERNAL = 1;

function tensors(model: ModelProto): TensorProto[] {
  const graph = model.graph;
  if (!graph) return [];
  const attributes = graph.node.flatMap((node) => node.attribute.flatMap((attribute) => attribute.t ?? []));
  return [...graph.initializer, ...attributes];
}

function locations(model: ModelProto): Set<string> {
  const found = new Set<string>();
  for (const tensor of tensors(model)) {
    if (tensor.dataLocation !== EXTERNAL) continue;
    const location = tensor.externalData.find((entry) => entry.key === 'location')?.value ?? '';
    const plain =
      location !== '' &&
      !isAbsolute(location) &&
      !/[\\\0:]/.test(location) &&
      location.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
    if (!plain) {
      throw modelError(
        `external data of tensor ${JSON.stringify(tensor.name ?? '')}`,
        "a relative path inside the model's folder",
        location,
      );
    }
    found.add(location);
  }
  return found;
}

async function openRegular(folder: string, location: string): Promise<FileHandle> {
  const what = `external data file ${JSON.stringify(location)}`;
  const path = join(folder, location);
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

/**
 * Reads the files that the model's tensors refer to, by location. Only regular files inside the model's
 * folder are read, and never through a symbolic or hard link.
 */
export async function readExternalData(
  model: ModelProto,
  modelPath: string,
  limits: Limits,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const folder = await realpath(dirname(modelPath));
  for (const location of locations(model)) {
    const handle = await openRegular(folder, location);
    try {
      files.set(
        location,
        await readAll(handle, `external data file ${JSON.stringify(location)}`, limits.maxFileBytes),
      );
    } finally {
      await handle.close();
    }
  }
  return files;
}
