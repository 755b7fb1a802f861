// The addon under AddressSanitizer and UndefinedBehaviorSanitizer, and a Node that can load it.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ask, environment, SetupError } from '../../../scripts/processes.mjs';
import { buildAddon, cacheFolder, kernels, writeNode } from './variant.mjs';

/**
 * Scopes of variables are not watched: in the unrolled kernels that would take the compiler hours. Calls in place of
 * inline checks halve its time.
 */
const ADDRESS_FLAGS =
  '-fsanitize=address,undefined -fno-sanitize-address-use-after-scope --param asan-instrumentation-with-call-threshold=0';
/** In the unrolled kernels, checks of each pointer double the compiler's time once more. */
const SHORT_FLAGS = '-fno-sanitize=null,alignment,object-size,pointer-overflow';
export const TWO_TARGETS = '--two_targets=yes';

export const compiler = environment.CXX ?? 'g++';

export function flags(sanitizers) {
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

/** Builds the addon. @param isShort two targets, and no checks of each pointer */
export function addressVariant(isShort) {
  const name = isShort ? 'asan-short' : 'asan';
  const addon = buildAddon(name, {
    args: isShort ? [TWO_TARGETS] : [],
    env: flags(isShort ? `${ADDRESS_FLAGS} ${SHORT_FLAGS}` : ADDRESS_FLAGS),
  });
  const reports = join(cacheFolder(name), 'reports');
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports);
  return { addon, node: addressNode(name, reports), reports };
}

/** Prints what the sanitizers reported, and returns how many reports there are. */
export function printReports(folder) {
  const files = readdirSync(folder);
  for (const file of files) console.error(readFileSync(join(folder, file), 'utf8'));
  return files.length;
}
