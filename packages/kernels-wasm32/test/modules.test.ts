import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = existsSync(`${root}wasm/zeroskip.wasm`);
if (!isBuilt) console.log('WebAssembly: skipped, its modules are not built (npm run build:wasm).');

it.runIf(isBuilt)(
  'each module passes a part of the sweep and of the tests',
  async () => {
    // Not synchronously: vitest takes a worker that does not answer for a minute for lost.
    const { stdout } = await promisify(execFile)(process.execPath, [`${root}scripts/sweep.mjs`, '--short'], {
      maxBuffer: 2 ** 26,
      env: { ...process.env, NODE_OPTIONS: '' },
    }).catch(({ stdout, stderr }) => {
      throw new Error(`${stdout}${stderr}`);
    });
    expect(stdout).toMatch(/^WebAssembly: .* passed$/m);
  },
  1_200_000,
);
