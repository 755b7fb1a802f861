import * as formats from '@zeroskip/formats';
import * as tensor from '@zeroskip/tensor';
import { runSnippet, snippets } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import * as kernels from '../src/index.ts';

const modules = { '@zeroskip/formats': formats, '@zeroskip/kernels': kernels, '@zeroskip/tensor': tensor };

describe.each(['packages/kernels/README.md', 'docs/paper.md'])('%s', (page) => {
  const found = snippets(new URL(`../../../${page}`, import.meta.url));

  it('has an example', () => expect(found).not.toHaveLength(0));

  it.each(found)('prints what it says', async ({ code, output }) => {
    expect(await runSnippet(code, modules)).toBe(output);
  });
});
