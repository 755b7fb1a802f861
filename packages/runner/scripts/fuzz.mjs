// Gives many changed inputs to what reads them: see docs/reliability.md.

import { join } from 'node:path';
import { main, root } from '../../../scripts/processes.mjs';
import { addressVariant, printReports } from '../../kernels/scripts/address-sanitizer.mjs';
import { runBundled } from './run-bundled.mjs';

const SANITIZED = '--sanitized';
const WASM = '--wasm';
const packages = join(root, 'packages');
/** The kernels as WebAssembly, and where a bundle finds what runs them. */
const wasm = {
  ZEROSKIP_ADDON: join(packages, 'kernels-wasm32', 'wasm', 'zeroskip-threads.wasm'),
  NODE_PATH: join(packages, 'kernels', 'node_modules'),
};

main(async () => {
  const args = process.argv.slice(2).filter((arg) => arg !== SANITIZED && arg !== WASM);
  const programs = ['fuzz', 'fuzz-child'];
  if (process.argv.includes(WASM)) return runBundled(programs, args, { env: wasm });
  if (!process.argv.includes(SANITIZED)) return runBundled(programs, args);
  const { addon, node, reports } = addressVariant(true);
  const status = await runBundled(programs, args, {
    env: { ZEROSKIP_ADDON: addon, ZEROSKIP_FUZZ_NODE: node },
  });
  return printReports(reports) === 0 ? status : 1;
});
