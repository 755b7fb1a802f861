import { runSnippet, snippets } from '@zeroskip/test-utils';
import { expect, it } from 'vitest';
import * as wasm from '../src/index.ts';

const found = snippets(new URL('../README.md', import.meta.url));

it('has an example', () => expect(found).not.toHaveLength(0));

it.each(found)('the example prints what it says', async ({ code, output }) => {
  expect(await runSnippet(code, { '@zeroskip/kernels-wasm32': wasm })).toBe(output);
});
