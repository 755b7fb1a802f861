// Programs of test/stress as bundles without dependencies, which any Node runs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '@zeroskip/test-utils/bundle';
import { environment, root, SetupError, show } from '../../../scripts/processes.mjs';

const runner = join(root, 'packages', 'runner');
/** Where bundles and what else these programs need are made. */
export const stressFolder = join(runner, '.cache', 'stress');
const addon = join(root, 'packages', 'kernels', 'build', 'Release', 'zeroskip.node');

/**
 * Bundles `names` and runs the first; returns its exit status. The addon is the usual one unless ZEROSKIP_ADDON names
 * another.
 */
export async function runBundled(names, args, { node = process.execPath, nodeArgs = [], env = {} } = {}) {
  const entry = names.map((name) => [name, join(runner, 'test', 'stress', `${name}.ts`)]);
  await bundle(Object.fromEntries(entry), stressFolder);
  const ZEROSKIP_ADDON = env.ZEROSKIP_ADDON ?? environment.ZEROSKIP_ADDON ?? addon;
  if (!existsSync(ZEROSKIP_ADDON)) {
    throw new SetupError(`Expected the native addon at ${ZEROSKIP_ADDON}, received no such file.`);
  }
  return show(node, [...nodeArgs, join(stressFolder, `${names[0]}.mjs`), ...args], {
    env: { ...environment, ...env, ZEROSKIP_ADDON },
  });
}
