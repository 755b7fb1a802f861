import { runSnippet, snippets } from '@zeroskip/test-utils';
import { expect, it } from 'vitest';
import * as onnxruntime from '../src/index.ts';

it.each(snippets(new URL('../README.md', import.meta.url)))(
  'the README prints what it says',
  async ({ code, output }) => {
    expect(await runSnippet(code, { '@zeroskip/onnxruntime': onnxruntime })).toBe(output);
  },
);
