import { base, browser, standalone, withBrowser } from '../../tsup.config.base.ts';

const entry = {
  index: 'src/index.ts',
  proxy: 'src/proxy/index.browser.ts',
  worker: 'src/proxy/worker.ts',
};

export default withBrowser(
  {
    ...base,
    entry: { index: 'src/index.ts', proxy: 'src/proxy/index.ts' },
    // One copy of it for both, in CommonJS, too.
    external: ['@zeroskip/runner'],
  },
  { ...browser, entry },
  { ...standalone, entry },
);
