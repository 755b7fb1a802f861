// Gives many changed inputs to what reads them: see docs/reliability.md.

import { main } from '../../../scripts/processes.mjs';
import { addressVariant, printReports } from '../../kernels/scripts/address-sanitizer.mjs';
import { runBundled } from './run-bundled.mjs';

const SANITIZED = '--sanitized';

main(async () => {
  const args = process.argv.slice(2).filter((arg) => arg !== SANITIZED);
  const programs = ['fuzz', 'fuzz-child'];
  if (!process.argv.includes(SANITIZED)) return runBundled(programs, args);
  const { addon, node, reports } = addressVariant(true);
  const status = await runBundled(programs, args, {
    env: { ZEROSKIP_ADDON: addon, ZEROSKIP_FUZZ_NODE: node },
  });
  return printReports(reports) === 0 ? status : 1;
});
