import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { guide } from './guide.ts';

const file = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));

it('docs/cli.md is what the commands say of themselves ("vitest -u" writes it)', async () => {
  await expect(guide()).toMatchFileSnapshot(file);
});
