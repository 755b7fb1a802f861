/** What differs between Node and browsers, whose version is `platform.browser.ts`: here, Node's. */
import { createHash } from 'node:crypto';

export { setImmediate as nextTurn } from 'node:timers/promises';
export { isDeepStrictEqual as sameValue } from 'node:util';

/** SHA-256 of byte sequences, one after another, in hexadecimal digits. */
export async function sha256(parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
