// Programs of test/stress as bundles without dependencies, which any Node runs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'tsup';
import { environment, root, SetupError, show } from '../../../scripts/processes.mjs';

const runner = join(root, 'packages', 'runner');
/** Where bundles and what else these programs need are made. */
export const stressFolder = join(runner, '.cache', 'stress');
const addon = join(root, 'packages', 'kernels', 'build', 'Release', 'zeroskip.node');

/** Bundles programs of test/stress by name, and returns the folder that holds them. */
async function bundle(...names) {
  const outDir = stressFolder;
  await build({
    config: false,
    entry: names.map((name) => join(runner, 'test', 'stress', `${name}.ts`)),
    outDir,
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'node20',
    noExternal: [/.*/],
    splitting: false,
    silent: true,
    banner: {
      js: "import { createRequire as zsRequire } from 'node:module'; const require = zsRequire(import.meta.url);",
    },
    esbuildOptions: (options) => {
      options.conditions = ['@zeroskip/source'];
    },
  });
  return outDir;
}

/** Bundles `names` and runs the first; returns its exit status. The addon is the usual one unless ZEROSKIP_ADDON names another. */
export async function runBundled(names, args, { node = process.execPath, nodeArgs = [], env = {} } = {}) {
  const folder = await bundle(...names);
  const ZEROSKIP_ADDON = env.ZEROSKIP_ADDON ?? environment.ZEROSKIP_ADDON ?? addon;
  if (!existsSync(ZEROSKIP_ADDON)) {
    throw new SetupError(`Expected the native addon at ${ZEROSKIP_ADDON}, received no such file.`);
  }
  return show(node, [...nodeArgs, join(folder, `${names[0]}.mjs`), ...args], {
    env: { ...environment, ...env, ZEROSKIP_ADDON },
  });
}
