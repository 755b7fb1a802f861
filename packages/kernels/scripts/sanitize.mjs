// Runs the native code under sanitizers: see docs/targets.md.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ask, environment, main, quietly, SetupError, show } from '../../../scripts/processes.mjs';
import { buildAddon, cacheFolder, conclude, kernels, sweep, vitest, writeNode } from './variant.mjs';

const USAGE = `pnpm --filter @zeroskip/kernels sanitize [--short]
  --short   AddressSanitizer and UndefinedBehaviorSanitizer only, two targets, a part of the cases`;

/**
 * Scopes of variables are not watched: in the unrolled kernels that would take the compiler hours. Calls in place of
 * inline checks halve its time.
 */
const ADDRESS_FLAGS =
  '-fsanitize=address,undefined -fno-sanitize-address-use-after-scope --param asan-instrumentation-with-call-threshold=0';
/** In the unrolled kernels, checks of each pointer double the compiler's time once more. */
const SHORT_FLAGS = '-fno-sanitize=null,alignment,object-size,pointer-overflow';
const TWO_TARGETS = '--two_targets=yes';

const compiler = environment.CXX ?? 'g++';

function flags(sanitizers) {
  return {
    CXXFLAGS: `-O1 -g1 -fno-omit-frame-pointer -fno-sanitize-recover=all ${sanitizers}`,
    LDFLAGS: sanitizers,
  };
}

/** The library that must be loaded before Node for the addon's instrumentation to work. */
function addressSanitizer() {
  const path = ask(compiler, ['-print-file-name=libasan.so']);
  if (path?.startsWith('/')) return path;
  throw new SetupError(
    `Expected a ${compiler} with AddressSanitizer (Debian: libgcc-12-dev), received none.`,
  );
}

/** Memory that nothing was written to reads as NaN. Reports go to files: vitest's workers have no exit status. */
function addressNode(name, reports) {
  const log = `log_path=${join(reports, 'report')}`;
  return writeNode(name, [
    'env',
    `LD_PRELOAD=${addressSanitizer()}`,
    `ASAN_OPTIONS=detect_leaks=1:max_malloc_fill_size=1073741824:malloc_fill_byte=255:${log}`,
    `LSAN_OPTIONS=suppressions=${join(kernels, 'scripts', 'leaks.txt')}:print_suppressions=0`,
    `UBSAN_OPTIONS=print_stacktrace=1:${log}`,
    process.execPath,
  ]);
}

function printReports(folder) {
  const files = readdirSync(folder);
  for (const file of files) console.error(readFileSync(join(folder, file), 'utf8'));
  return files.length;
}

async function checkAddresses(isShort) {
  const name = isShort ? 'asan-short' : 'asan';
  const addon = buildAddon(name, {
    args: isShort ? [TWO_TARGETS] : [],
    env: flags(isShort ? `${ADDRESS_FLAGS} ${SHORT_FLAGS}` : ADDRESS_FLAGS),
  });
  const reports = join(cacheFolder(name), 'reports');
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports);
  const node = addressNode(name, reports);
  const tests = isShort
    ? ['packages/kernels/test/program.test.ts', 'packages/kernels/test/algorithms.test.ts']
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
  const sources = ask(process.execPath, ['native/list-sources.cjs', 'plain'], { cwd: folder }).split('\n');
  const inProgram = sources.filter((source) => !source.startsWith('native/binding/'));
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
