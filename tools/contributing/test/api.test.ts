import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const markdown = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .toSorted();

it('docs/api is what the packages\' comments say ("npm run docs" writes it)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-api-'));
  try {
    const typedoc = join(root, 'node_modules/.bin/typedoc');
    await promisify(execFile)(typedoc, ['--out', folder, '--logLevel', 'Error'], { cwd: root });
    for (const path of markdown(folder)) {
      await expect(readFileSync(join(folder, path), 'utf8')).toMatchFileSnapshot(
        join(root, 'docs/api', path),
      );
    }
    expect(markdown(join(root, 'docs/api'))).toEqual(markdown(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
