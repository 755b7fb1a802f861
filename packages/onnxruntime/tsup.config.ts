import { defineConfig } from 'tsup';
import base from '../../tsup.config.base.ts';

export default defineConfig({
  ...base,
  format: 'cjs',
  // types/ adds the default export, of which a bundle would lose the types.
  dts: { entry: { api: 'src/api/index.ts' } },
  // Programs ask tensors for the name of their class.
  keepNames: true,
});
