import { Tensor } from '@zeroskip/tensor';
import { byteSize } from './element-types.ts';
import type { Limits } from './limits.ts';
import type { NodeView } from './node-view.ts';

/**
 * A tensor of strings is a vector of bytes and a tensor of int64, each of which is a part of the bytes: where it
 * begins, times 2³², and its length. So all that moves elements moves strings, too.
 */
const BEGIN_SHIFT = 32n;
const LENGTH_MASK = (1n << BEGIN_SHIFT) - 1n;

/** A part of bytes, as an element of a tensor of strings. */
export const partOf = (begin: number, length: number) => (BigInt(begin) << BEGIN_SHIFT) | BigInt(length);

/** The strings of a tensor, as views into its bytes. */
export function strings(bytes: Tensor, parts: Tensor): Uint8Array[] {
  const all = bytes.data as Uint8Array;
  return Array.from(parts.data as BigInt64Array, (part) => {
    const begin = Number(part >> BEGIN_SHIFT);
    return all.subarray(begin, begin + Number(part & LENGTH_MASK));
  });
}

/** The bytes of a tensor of strings. */
export const bytesTensor = (bytes: Uint8Array) => new Tensor('uint8', bytes, [bytes.length]);

/** A vector of strings. */
export const partsTensor = (parts: readonly bigint[]) =>
  new Tensor('int64', BigInt64Array.from(parts), [parts.length]);

/** Throws where as many bytes are more than a run may have. */
export function checkBytes(node: NodeView, bytes: number, { maxRunBytes }: Limits): void {
  if (bytes <= maxRunBytes) return;
  throw node.error('bytes of the strings', `at most ${maxRunBytes}`, bytes, 'ERR_LIMIT_EXCEEDED');
}

/** Bytes of a part of strings. */
export const PART_BYTES = byteSize('int64', []);
