import { base, browser, standalone, withBrowser } from '../../tsup.config.base.ts';

// Programs ask tensors for the name of their class.
const keepNames = true;

export default withBrowser(
  {
    ...base,
    format: 'cjs',
    // types/ adds the default export, of which a bundle would lose the types.
    dts: { entry: { api: 'src/api/index.ts' } },
    keepNames,
  },
  { ...browser, keepNames },
  { ...standalone, entry: { index: 'src/index.ts', worker: 'src/standalone-worker.ts' }, keepNames },
);
