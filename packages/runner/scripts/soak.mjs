// Runs sessions at random for as long as told: see docs/reliability.md.
import { main } from '../../../scripts/processes.mjs';
import { runBundled } from './bundle.mjs';

main(() => runBundled(['soak', 'soak-worker'], process.argv.slice(2), { nodeArgs: ['--expose-gc'] }));
