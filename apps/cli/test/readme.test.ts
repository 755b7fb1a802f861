import { readFileSync } from 'node:fs';
import * as runner from '@zeroskip/runner';
import { runSnippet } from '@zeroskip/test-utils';
import { expect, it } from 'vitest';
import { twoConvolutionsModel } from './support/network.ts';
import { temporaryFolder } from './support/workspace.ts';

const folder = temporaryFolder();

it('the snippet of the first README runs', async () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const snippet = /^```js\n([\s\S]*?)^```$/m.exec(readme)![1]!;
  const model = folder.write('model.onnx', twoConvolutionsModel());
  const code = snippet.replace(/'apps\/demo\/[^']*'/, JSON.stringify(model));
  const printed = await runSnippet(code, { '@zeroskip/runner': runner });
  expect(printed).toMatch(
    /^first: \w+, 100 % non-zero, [\d.]+ ms\nsecond: \w+, \d+ % non-zero, [\d.]+ ms\ny: 1 × 4 × 8 × 6\n/,
  );
});
