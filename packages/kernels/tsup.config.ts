import { base, browser, withBrowser } from '../../tsup.config.base.ts';
import manifest from './package.json' with { type: 'json' };

// For file tracing, which follows the literals of load-addon.ts in ES modules only.
const traced = Object.keys(manifest.optionalDependencies).map((name) => `require.resolve('${name}')`);

export default withBrowser(
  {
    ...base,
    footer: ({ format }) => (format === 'cjs' ? { js: `0 && [${traced.join(', ')}];` } : {}),
  },
  browser,
);
