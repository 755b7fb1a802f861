import type { Cache } from './caches.ts';

export const LINUX_CACHES = '';

/** A page is not told. */
export function readCaches(): Cache[] {
  return [];
}
