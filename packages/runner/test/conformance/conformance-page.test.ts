import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { notPassing } from './not-passing.ts';

const page = fileURLToPath(new URL('../../../../docs/conformance.md', import.meta.url));

/** Of the tag that the cases are from. */
const TAG = 'v1.22.0';
const CASES = 1765;

it('docs/conformance.md lists every case that does not pass, once', async () => {
  const names = notPassing.flatMap(({ cases }) => cases);
  expect(new Set(names).size).toBe(names.length);
  const sections = notPassing.map(
    ({ reason, cases }) => `## ${reason}\n\n${cases.map((name) => `- \`${name}\``).join('\n')}\n`,
  );
  const text = `# ONNX's node tests

Of the ${CASES.toLocaleString('en')} cases of ONNX's [node tests][cases] at tag \`${TAG}\`, ${(CASES - names.length).toLocaleString('en')} pass, given by path and as bytes. These ${names.length}
do not. The page is written by \`npm run docs\`; where the cases are at hand, in a folder that \`ZEROSKIP_CONFORMANCE\`
names, a test runs all of them, and fails where one of these passes, or another does not.

[cases]: https://github.com/onnx/onnx/tree/${TAG}/onnx/backend/test/data/node

${sections.join('\n')}`;
  await expect(text).toMatchFileSnapshot(page);
});
