import { base, browser, withBrowser } from '../../tsup.config.base.ts';

export default withBrowser(
  {
    ...base,
    entry: { index: 'src/index.ts', 'onnx-writer': 'src/onnx/write-model.ts', proxy: 'src/proxy/index.ts' },
  },
  {
    ...browser,
    entry: {
      index: 'src/index.ts',
      proxy: 'src/proxy/index.browser.ts',
      worker: 'src/proxy/worker.ts',
    },
    // A page has the proxy or the runner, and a worker the rest: no file for what two of them share.
    splitting: false,
  },
);
