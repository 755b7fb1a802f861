import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import config from '../../../../vitest.config.ts';

// Workers are forks of process.execPath: an emulated Node, or one with a sanitizer. This process stays as it is.
process.execPath = process.env.ZEROSKIP_NODE ?? process.execPath;

export default mergeConfig(config, {
  root: fileURLToPath(new URL('../../../..', import.meta.url)),
  test: {
    setupFiles: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
