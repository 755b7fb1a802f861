import { ZeroskipRangeError, ZeroskipTypeError } from '@zeroskip/tensor';
import { crc32 } from '../src/container/crc32.ts';
import { fromBytes, toBytes } from '../src/index.ts';

/** Makes the length and the checksum of a damaged container right again, so that the checks behind them run. */
export function repair(container: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(container);
  const view = new DataView(bytes.buffer);
  if (bytes.length < 24) return bytes;
  view.setBigUint64(16, BigInt(bytes.length), true);
  view.setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

/**
 * Reads a damaged container: it must be refused with a coded error, or be exactly what `toBytes` writes for
 * what it decodes to.
 * @returns undefined when it behaves, else what went wrong.
 */
export function misbehaviour(bytes: Uint8Array): string | undefined {
  let written: Uint8Array;
  try {
    written = toBytes(fromBytes(bytes));
  } catch (error) {
    const isCoded = error instanceof ZeroskipRangeError || error instanceof ZeroskipTypeError;
    return isCoded && error.code === 'ERR_INVALID_FORMAT' ? undefined : `${(error as Error).stack}`;
  }
  return Buffer.compare(written, bytes) === 0 ? undefined : 'accepted bytes that toBytes does not write';
}
