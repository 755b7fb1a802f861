import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = existsSync(`${root}wasm/zeroskip.wasm`);
if (!isBuilt) console.log('WebAssembly: skipped, its modules are not built (npm run build:wasm).');

it.runIf(isBuilt)(
  'each module passes a part of the sweep and of the tests',
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}scripts/sweep.mjs`, '--short'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(status, `${stdout}${stderr}`).toBe(0);
  },
  1_200_000,
);
