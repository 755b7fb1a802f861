// Runs the addon's sweep and tests on an emulated 64-bit Arm CPU: see docs/platforms/targets.md.
import { main } from '../../../scripts/processes.mjs';
import { build } from './linux-arm64.mjs';
import { conclude, sweep, vitest } from './variant.mjs';

/** What needs the native code and no other program: not the search for registers in x64's disassembly. */
const TESTS = [
  ...['algorithms.test.ts', 'program', 'readme.test.ts'].map((name) => `packages/kernels/test/${name}`),
  'packages/runner/test/session',
];

async function sweepArm64() {
  const { addon, node } = build();
  return conclude('arm64', {
    'the sweep': await sweep(node, addon, process.argv.slice(2)),
    'the tests': vitest(node, addon, TESTS),
  });
}

main(sweepArm64);
