import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

/** The version that all Zeroskip packages share. */
export const version: string = manifest.version;

/** The folder of package.json: sources and what is built of them lie one folder below. */
export const packageRoot: string = resolve(fileURLToPath(import.meta.url), '..', '..');
