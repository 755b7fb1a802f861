import { base, browser, standalone, withBrowser } from '../../tsup.config.base.ts';

// It stands before the first import, of tfjs-core: without that package, its tensors have the type any.
const dts = { banner: '// @ts-ignore' };

export default withBrowser(
  // One copy of the package for both, in CommonJS, too.
  { ...base, entry: ['src/index.ts', 'src/install.ts'], dts, external: ['@zeroskip/tfjs'] },
  browser,
  standalone,
);
