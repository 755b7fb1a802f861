import { base, browser, withBrowser } from '../../tsup.config.base.ts';

// Pages find the modules beside the code.
export default withBrowser(base, { ...browser, outDir: 'wasm', clean: false });
