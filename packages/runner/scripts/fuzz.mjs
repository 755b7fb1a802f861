// Gives many changed inputs to what reads them: see docs/reliability.md.
import { main } from '../../../scripts/processes.mjs';
import { runBundled } from './bundle.mjs';

main(() => runBundled(['fuzz', 'fuzz-child'], process.argv.slice(2)));
