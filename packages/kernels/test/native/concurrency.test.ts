import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { expect, it } from 'vitest';
import { buildConcurrency } from '../../scripts/concurrency.mjs';

const folder = temporaryFolder();
const root = fileURLToPath(new URL('../..', import.meta.url));

// npm run sanitize builds the same program with ThreadSanitizer.
it.runIf(existsSync(join(root, 'build', 'Release', 'obj.target')))(
  'what goes on at the same time changes no result',
  () => {
    const program = folder.path('concurrency');
    buildConcurrency(root, program);
    const { status, stderr } = spawnSync(program, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
  120_000,
);
