import { runSnippet, snippets } from '@zeroskip/test-utils';
import { expect, it } from 'vitest';
import * as tfjs from '../src/index.ts';

it.each(snippets(new URL('../README.md', import.meta.url)))(
  'the README prints what it says, without TensorFlow.js',
  async ({ code, output }) => {
    expect('_tfengine' in globalThis).toBe(false);
    expect(await runSnippet(code, { '@zeroskip/tfjs': tfjs })).toBe(output);
  },
);
