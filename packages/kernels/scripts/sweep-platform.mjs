// Runs the sweep of the addon of a platform as on it: see docs/platforms/targets.md.
import { main, SetupError } from '../../../scripts/processes.mjs';
import { nodeOf } from './foreign/nodes.mjs';
import { platforms } from './platforms.mjs';
import { conclude, sweep, vitest } from './variant.mjs';
import { buildWithZig } from './zig-addon.mjs';

/** What needs the native code and no other program: not the search for registers in x64's disassembly. */
const TESTS = [
  ...['algorithms.test.ts', 'program', 'readme.test.ts'].map((name) => `packages/kernels/test/${name}`),
  'packages/runner/test/session',
];
/** Bun and Node in Wine cannot be workers of vitest. */
const RUNS_TESTS = ['linux-x64', 'linux-arm64'];

async function sweepPlatform() {
  const [id, ...options] = process.argv.slice(2);
  const ids = platforms.map((platform) => platform.id);
  if (!ids.includes(id)) throw new SetupError(`Expected ${ids.join(', ')} for the platform, received ${id}.`);
  const node = nodeOf(id);
  const addon = await buildWithZig(id);
  return conclude(id, {
    'the sweep': await sweep(node, addon, options),
    ...(RUNS_TESTS.includes(id) && { 'the tests': vitest(node, addon, TESTS) }),
  });
}

main(sweepPlatform);
