// Builds of the addon beside the usual one, each in a folder of its own: for another machine, or with other flags.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '@zeroskip/test-utils/bundle';
import { environment, quietly, root, SetupError, show } from '../../../scripts/processes.mjs';

export const kernels = join(root, 'packages', 'kernels');

/** A folder of that name, which may be removed at any time. */
export function cacheFolder(...names) {
  const folder = join(kernels, '.cache', ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Builds the addon in the folder of that name, with node-gyp's arguments and an environment; returns its path. */
export function buildAddon(name, { args = [], env = {} }) {
  const folder = cacheFolder(name);
  rmSync(join(folder, 'native'), { recursive: true, force: true });
  cpSync(join(kernels, 'native'), join(folder, 'native'), { recursive: true, preserveTimestamps: true });
  quietly(`Building the addon (${name})`, process.execPath, ['native/build.mjs', ...args], {
    cwd: folder,
    env,
  });
  return join(folder, 'build', 'Release', 'zeroskip.node');
}

/** An executable that starts Node in another way: `command`, then Node's arguments. */
export function writeNode(name, command) {
  const path = join(cacheFolder(name), 'node');
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  return path;
}

/** Runs test/conformance/sweep.ts under `node` with `addon`; returns its exit status. */
export async function sweep(node, addon, args) {
  const folder = cacheFolder('sweep');
  await bundle({ sweep: join(kernels, 'test', 'conformance', 'sweep.ts') }, folder);
  return show(node, [join(folder, 'sweep.mjs'), ...args], { env: { ...environment, ZEROSKIP_ADDON: addon } });
}

/** Runs tests with their workers under `node` and with `addon`; returns vitest's exit status. */
export function vitest(node, addon, args) {
  const config = join(kernels, 'test', 'other-node', 'vitest.config.ts');
  return show(
    process.execPath,
    [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', config, ...args],
    {
      env: { ...environment, ZEROSKIP_ADDON: addon, ZEROSKIP_NODE: node },
    },
  );
}

/** Says how the checks of `name` ended. @param statuses exit status by check */
export function conclude(name, statuses) {
  const failed = Object.keys(statuses).filter((check) => statuses[check] !== 0);
  if (failed.length > 0) throw new SetupError(`${name}: ${failed.join(', ')} failed`);
  console.log(`${name}: ${Object.keys(statuses).join(', ')} passed`);
  return 0;
}
