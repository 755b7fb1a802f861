// Runs sessions at random for as long as told: see docs/reliability.md.
import { main } from '../../../scripts/processes.mjs';
import { runBundled } from './run-bundled.mjs';

/** Else glibc keeps more the longer a process runs, and what is lost cannot be told from it. */
const allocator = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

main(() =>
  runBundled(['soak', 'soak-worker'], process.argv.slice(2), { nodeArgs: ['--expose-gc'], env: allocator }),
);
