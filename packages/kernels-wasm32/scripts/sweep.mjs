// Runs the conformance sweep and tests on each WebAssembly module: see docs/platforms/targets.md.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { installProgram, NEWER_NODE } from '../../../scripts/node-binary.mjs';
import { main, root } from '../../../scripts/processes.mjs';
import { conclude, sweep, vitest } from '../../kernels/scripts/variant.mjs';

/** What needs the kernels and no other program. */
const TESTS = [
  ...['algorithms.test.ts', 'conformance', 'encoded', 'floats.test.ts', 'program', 'readme.test.ts'].map(
    (name) => `packages/kernels/test/${name}`,
  ),
  ...['compile', 'conformance', 'integers', 'session'].map((name) => `packages/runner/test/${name}`),
];
/** Of those, and of the sweep, where it has to be quick. */
const SHORT = {
  tests: TESTS.filter((path) => /program|session/.test(path)),
  sweep: ['--every', '20', '--random', '5'],
};

async function sweepModules() {
  const isShort = process.argv.includes('--short');
  const newer = join(installProgram(NEWER_NODE), 'bin', 'node');
  const statuses = {};
  for (const kind of ['', '-threads', '-relaxed', '-threads-relaxed']) {
    const node = kind.endsWith('relaxed') ? newer : process.execPath;
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    const module = join(root, 'packages', 'kernels-wasm32', 'wasm', `zeroskip${kind}.wasm`);
    const name = `zeroskip${kind}.wasm on Node ${version}`;
    console.log(name);
    statuses[`the sweep of ${name}`] = await sweep(node, module, isShort ? SHORT.sweep : []);
    statuses[`the tests of ${name}`] = vitest(node, module, isShort ? SHORT.tests : TESTS);
  }
  return conclude('WebAssembly', statuses);
}

main(sweepModules);
