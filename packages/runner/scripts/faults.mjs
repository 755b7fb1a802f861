// Lets each allocation of the addon fail once: see docs/reliability.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, main, quietly, root, SetupError } from '../../../scripts/processes.mjs';
import { runBundled, stressFolder } from './run-bundled.mjs';

main(() => {
  if (process.platform !== 'linux') throw new SetupError('Allocations can be made to fail on Linux only.');
  mkdirSync(stressFolder, { recursive: true });
  const library = join(stressFolder, 'failing-allocations.so');
  const source = join(root, 'packages', 'kernels', 'test', 'native', 'failing-allocations.c');
  const compiler = environment.CC ?? 'gcc';
  quietly('Building failing-allocations', compiler, [
    '-O1',
    '-Wall',
    '-Wextra',
    '-fPIC',
    '-shared',
    source,
    '-o',
    library,
    '-ldl',
  ]);
  const shared = join(stressFolder, 'faults');
  // The second number is negative until the addon is loaded.
  writeFileSync(shared, new Uint8Array(BigInt64Array.of(0n, -1n, 0n, 0n).buffer));
  return runBundled(['faults'], [], {
    nodeArgs: ['--expose-gc'],
    env: { LD_PRELOAD: library, ZEROSKIP_FAULTS: shared },
  });
});
