// Builds test/native/concurrency.cc, with what an addon was built of.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { quietly } from '../../../scripts/processes.mjs';
import { commonSources, targets } from '../native/gyp.mjs';
import { compiler } from './address-sanitizer.mjs';
import { kernels } from './variant.mjs';

/**
 * @param {string} root where the addon was built
 * @param {string} program its path
 * @param {readonly string[]} [flags] of the compiler
 */
export function buildConcurrency(root, program, flags = []) {
  const objects = join(root, 'build', 'Release', 'obj.target');
  // The plainest first, as in the addon.
  const archives = targets
    .map(({ name }) => join(objects, `kernels_${name}.a`))
    .filter((archive) => existsSync(archive));
  const inProgram = commonSources().filter((source) => !source.startsWith('native/binding/'));
  quietly('Building the concurrency test', compiler, [
    ...['-std=c++20', '-O1', '-g1', '-Wall', '-Wextra', ...flags, '-I', join(kernels, 'native')],
    join(kernels, 'test', 'native', 'concurrency.cc'),
    ...inProgram.map((source) => join(objects, 'zeroskip', source.replace(/\.cc$/, '.o'))),
    ...[...archives, '-pthread', '-o', program],
  ]);
}
