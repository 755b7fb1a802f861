import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assembleModel } from '../src/assemble-model.ts';

const parts = [Buffer.from('first part,'), Buffer.from('second part')];
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let target: string;

async function writeResources(change: (resource: { size: number; chunks: object[] }) => void = () => {}) {
  let end = 0;
  const chunks = parts.map((bytes) => {
    const begin = end;
    end += bytes.length;
    return { hash: hashOf(bytes), offsets: [begin, end] };
  });
  const resource = { size: end, chunks };
  change(resource);
  const path = join(folder, 'resources.json');
  await writeFile(path, JSON.stringify({ '/models/medium': resource }));
  for (const bytes of parts) await writeFile(join(folder, hashOf(bytes)), bytes);
  return path;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zeroskip-model-'));
  target = join(folder, '.cache', 'model.onnx');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('assembleModel', () => {
  it('joins the parts in order', async () => {
    await assembleModel(await writeResources(), '/models/medium', target);
    expect(await readFile(target, 'utf8')).toBe('first part,second part');
    expect(await readdir(join(folder, '.cache'))).toEqual(['model.onnx']);
  });

  it('does nothing when the model is there', async () => {
    const resources = await writeResources();
    await assembleModel(resources, '/models/medium', target);
    const before = await stat(target, { bigint: true });
    await assembleModel(resources, '/models/medium', target);
    expect((await stat(target, { bigint: true })).ino).toBe(before.ino);
  });

  it('replaces a model of another size', async () => {
    const resources = await writeResources();
    await assembleModel(resources, '/models/medium', target);
    await writeFile(target, 'cut');
    await assembleModel(resources, '/models/medium', target);
    expect(await readFile(target, 'utf8')).toBe('first part,second part');
  });

  it('refuses a part with other bytes', async () => {
    const resources = await writeResources();
    await writeFile(join(folder, hashOf(parts[1]!)), 'SECOND part');
    await expect(assembleModel(resources, '/models/medium', target)).rejects.toThrow(/Expected the SHA-256/);
  });

  it('refuses a part of another length', async () => {
    const resources = await writeResources();
    await writeFile(join(folder, hashOf(parts[1]!)), 'second');
    await expect(assembleModel(resources, '/models/medium', target)).rejects.toThrow(/Expected 11 bytes/);
  });

  it('refuses a whole of another size, and leaves nothing behind', async () => {
    const resources = await writeResources((resource) => {
      resource.size += 1;
    });
    await expect(assembleModel(resources, '/models/medium', target)).rejects.toThrow(
      /Expected 23 bytes for the model/,
    );
    expect(await readdir(folder)).not.toContain('.cache');
  });

  it.each(['/models/none', '__proto__'])('refuses the unknown model %s', async (key) => {
    await expect(assembleModel(await writeResources(), key, target)).rejects.toThrow(
      `Expected a model ${key}`,
    );
  });
});
