// Runs the native code under sanitizers: see docs/targets.md.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { main, quietly, show } from '../../../scripts/processes.mjs';
import { sources } from '../native/gyp.mjs';
import { addressVariant, compiler, flags, printReports, TWO_TARGETS } from './address-sanitizer.mjs';
import { buildAddon, cacheFolder, conclude, kernels, sweep, vitest } from './variant.mjs';

const USAGE = `npm run sanitize -- [--short]
  --short   AddressSanitizer and UndefinedBehaviorSanitizer only, two targets, a part of the cases`;

async function checkAddresses(isShort) {
  const { addon, node, reports } = addressVariant(isShort);
  const tests = isShort
    ? ['packages/kernels/test/program', 'packages/kernels/test/algorithms.test.ts']
    : ['packages/kernels'];
  return {
    'the sweep': await sweep(
      node,
      addon,
      isShort ? ['--every', '5', '--random', '60'] : ['--random', '1000'],
    ),
    'the tests': vitest(node, addon, tests),
    'addresses and leaks': printReports(reports),
  };
}

function checkThreads() {
  const sanitizer = '-fsanitize=thread';
  buildAddon('tsan', { args: [TWO_TARGETS], env: flags(sanitizer) });
  const folder = cacheFolder('tsan');
  const objects = join('build', 'Release', 'obj.target');
  const inProgram = sources(false).filter((source) => !source.startsWith('native/binding/'));
  quietly(
    'Building the concurrency test (tsan)',
    compiler,
    [
      ...['-std=c++20', '-O1', '-g1', '-Wall', '-Wextra', sanitizer, '-DZS_TWO_TARGETS', '-Inative'],
      join(kernels, 'test', 'native', 'concurrency.cc'),
      ...inProgram.map((source) => join(objects, 'zeroskip', source.replace(/\.cc$/, '.o'))),
      ...['kernels_scalar.a', 'kernels_avx2.a'].map((archive) => join(objects, archive)),
      ...['-o', 'concurrency'],
    ],
    { cwd: folder },
  );
  return { threads: show(join(folder, 'concurrency'), []) };
}

async function sanitize() {
  const { values } = parseArgs({ options: { short: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  const addresses = await checkAddresses(values.short);
  return conclude('Sanitizers', values.short ? addresses : { ...addresses, ...checkThreads() });
}

main(sanitize);
