import { defineConfig } from 'tsup';
import base from '../../tsup.config.base.ts';

export default defineConfig({
  ...base,
  entry: { index: 'src/index.ts', queue: 'src/queue/index.ts', worker: 'src/pipeline/worker.ts' },
  dts: { entry: { index: 'src/index.ts', queue: 'src/queue/index.ts' } },
});
