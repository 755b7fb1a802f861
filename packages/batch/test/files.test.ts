import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashModel, readBytes, writeWhole } from '../src/files.ts';
import { network } from './support/network.ts';

const folder = temporaryFolder();

describe('writeWhole', () => {
  it('replaces a file, and leaves nothing beside it', async () => {
    const path = folder.write('out.json', 'before');
    await writeWhole('--json', path, 'after');
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith('out.json'))).toEqual(['out.json']);
  });

  it('names the file and the reason when its folder does not exist', async () => {
    const path = folder.path('none/out.json');
    await expect(writeWhole('--json', path, 'x')).rejects.toMatchObject({
      code: 'ERR_FILE',
      message: `Expected a writable file for --json, received ${JSON.stringify(path)} (no such file or folder).`,
    });
  });

  it('leaves nothing behind when it cannot put the file in place', async () => {
    const path = folder.path('taken');
    await mkdir(path);
    await expect(writeWhole('--output', path, 'x')).rejects.toMatchObject({ code: 'ERR_FILE' });
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith('taken'))).toEqual(['taken']);
  });
});

const readers: ((path: string) => Promise<unknown>)[] = [(path) => readBytes('the model', path), hashModel];

describe('readBytes and hashModel', () => {
  it('read the same file', async () => {
    const bytes = network();
    const path = folder.write('model.onnx', bytes);
    expect([...(await readBytes('x', path))]).toEqual([...bytes]);
    expect(await hashModel(path)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it.each(readers)('say that a file does not exist', async (read) => {
    await expect(read(folder.path('none.onnx'))).rejects.toMatchObject({
      code: 'ERR_FILE',
      message: expect.stringMatching(
        /^Expected a readable file for the model, received ".*none\.onnx" \(no such file or folder\)\.$/,
      ),
    });
  });

  it.each(readers)('say that a path is a folder', async (read) => {
    await expect(read(dirname(folder.path('x')))).rejects.toThrow(/\(a folder\)\.$/);
  });
});

/** Only root may make a small disk. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
if (!mayMount) console.warn('Skipped: a full disk, which only root can make.');

describe.runIf(mayMount)('a full disk', () => {
  let disk = '';
  let mounted = false;
  beforeAll(() => {
    disk = folder.path('disk');
    mkdirSync(disk);
    mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
  });
  afterAll(() => {
    if (mounted) spawnSync('umount', [disk]);
  });

  it('leaves the old file as it was, and nothing beside it', async (context) => {
    if (!mounted) context.skip('no small disk can be mounted here');
    const path = join(disk, 'plan.json');
    writeFileSync(path, 'before');
    await expect(writeWhole('--output', path, 'x'.repeat(1 << 20))).rejects.toMatchObject({
      code: 'ERR_FILE',
      message: `Expected a writable file for --output, received ${JSON.stringify(path)} (no space left on the device).`,
    });
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(disk)).toEqual(['plan.json']);
  });
});
