import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonPath } from '@zeroskip/kernels';
import { expect, it } from 'vitest';

const scripts = join(dirname(fileURLToPath(import.meta.url)), '..', 'scripts');

function outputOf(script: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(scripts, script), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ZEROSKIP_ADDON: addonPath() },
  });
  expect(status, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

it.runIf(process.platform === 'linux')('each allocation of the addon may fail', () => {
  expect(outputOf('faults.mjs')).toMatch(/faults: \d{3,} injected, .*, 0 problems/);
});

it.runIf(process.platform === 'linux')('a few seconds of random sessions lose nothing', () => {
  expect(outputOf('soak.mjs', '--minutes', '0.08', '--seed', '1')).toMatch(/nothing was lost/);
});
