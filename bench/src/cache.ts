import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where prepared models are kept: `.cache` beside `src` and `dist`. */
export const cache = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache');
