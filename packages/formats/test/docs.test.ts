import { readdirSync } from 'node:fs';
import { runSnippet, snippets } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import * as formats from '../src/index.ts';

const folder = new URL('../../../docs/formats/', import.meta.url);
const PAGES = ['packages/formats/README.md', ...readdirSync(folder).map((page) => `docs/formats/${page}`)];

describe.each(PAGES)('%s', (page) => {
  const found = snippets(new URL(`../../../${page}`, import.meta.url));

  it('has an example', () => expect(found).not.toHaveLength(0));

  it.each(found)('example %# prints what it says', async ({ code, output }) => {
    expect(await runSnippet(code, { '@zeroskip/formats': formats })).toBe(output);
  });
});
