// Runs the native code under sanitizers: see docs/platforms/targets.md.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { main, show } from '../../../scripts/processes.mjs';
import { addressVariant, flags, printReports, TWO_TARGETS } from './address-sanitizer.mjs';
import { buildConcurrency } from './concurrency.mjs';
import { buildAddon, cacheFolder, conclude, sweep, vitest } from './variant.mjs';

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
  const program = join(folder, 'concurrency');
  buildConcurrency(folder, program, [sanitizer, '-DZS_TWO_TARGETS']);
  return { threads: show(program, []) };
}

async function sanitize() {
  const { values } = parseArgs({ options: { short: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(USAGE);
  const addresses = await checkAddresses(values.short);
  return conclude('Sanitizers', values.short ? addresses : { ...addresses, ...checkThreads() });
}

main(sanitize);
