import { base, browser, withBrowser } from '../../tsup.config.base.ts';

export default withBrowser(base, browser);
