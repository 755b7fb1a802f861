// Builds of the addon beside the usual one, each in a folder of its own: for another machine, or with other flags.
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, root, show, SetupError } from '../../../scripts/processes.mjs';
import { build } from 'tsup';

export const kernels = join(root, 'packages', 'kernels');

/** The folder of variant `name`; what is in it may be removed at any time. */
export function variantFolder(name) {
  const folder = join(kernels, '.cache', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Builds variant `name` and returns the path of its addon. node-gyp builds where the sources are: they are copied. */
export function buildVariant(name, { args = [], env = {} }) {
  const folder = variantFolder(name);
  rmSync(join(folder, 'native'), { recursive: true, force: true });
  for (const source of ['binding.gyp', 'native']) {
    cpSync(join(kernels, source), join(folder, source), { recursive: true, preserveTimestamps: true });
  }
  quietly(`Building the addon (${name})`, process.execPath, ['native/build.mjs', ...args], { cwd: folder, env });
  return join(folder, 'build', 'Release', 'zeroskip.node');
}
