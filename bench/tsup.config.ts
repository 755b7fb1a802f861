import { defineConfig } from 'tsup';
import base from '../tsup.config.base.ts';

export default defineConfig({
  ...base,
  entry: [
    'src/batch/loop.ts',
    'src/batch/main.ts',
    'src/clients/main.ts',
    'src/clients/child.ts',
    'src/index.ts',
    'src/models.ts',
    'src/nsfwjs/main.ts',
    'src/outputs.ts',
    'src/pages/main.ts',
    'src/published.ts',
    'src/quantised/main.ts',
    'src/service/main.ts',
    'src/service/shapes.ts',
    'src/tensorflow/child.ts',
    'src/tensorflow/main.ts',
    'src/tflite/main.ts',
    'src/verify.ts',
    'src/zoo/child.ts',
    'src/zoo/main.ts',
  ],
  format: ['esm'],
  dts: { entry: 'src/index.ts' },
});
