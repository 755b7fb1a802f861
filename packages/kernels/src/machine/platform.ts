/** What differs between Node and browsers, whose version is `platform.browser.ts`: here, Node's. */
export { availableParallelism as usableThreads } from 'node:os';

/** Memory with anything in it. */
export function uninitialized(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}
