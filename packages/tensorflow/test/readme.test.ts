import * as onnx from '@zeroskip/onnx';
import { runSnippet, snippets } from '@zeroskip/test-utils';
import { expect, it } from 'vitest';
import * as tensorflow from '../src/index.ts';

it.each(snippets(new URL('../README.md', import.meta.url)))(
  'the README prints what it says',
  async ({ code, output }) => {
    expect(await runSnippet(code, { '@zeroskip/onnx': onnx, '@zeroskip/tensorflow': tensorflow })).toBe(
      output,
    );
  },
);
