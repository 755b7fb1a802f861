import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tensor from '@zeroskip/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { runSnippet, snippets } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'snippets-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('finds the ts blocks that a text block follows', () => {
  const file = join(folder, 'page.md');
  writeFileSync(
    file,
    '# Page\n```sh\nls\n```\n```ts\nlet a;\n```\nprints\n```text\n1\n```\n```ts\nlet b;\n```\n',
  );
  expect(snippets(file)).toEqual([{ code: 'let a;\n', output: '1\n' }]);
});

it('runs imports, types and await', async () => {
  const code =
    "import { x } from 'm';\nconst y: number = await Promise.resolve(x + 1);\nconsole.log(y, [y]);\n";
  expect(await runSnippet(code, { m: { x: 1 } })).toBe('2 [ 2 ]\n');
});

it('refuses an import that was not provided', async () => {
  await expect(runSnippet("import { x } from 'm';\nconsole.log(x);\n", {})).rejects.toThrow('imports m');
});

describe('README of @zeroskip/tensor', () => {
  const found = snippets(new URL('../../tensor/README.md', import.meta.url));
  it('has a snippet', () => expect(found).not.toHaveLength(0));
  it.each(found)('prints what it says', async ({ code, output }) => {
    expect(await runSnippet(code, { '@zeroskip/tensor': tensor })).toBe(output);
  });
});
