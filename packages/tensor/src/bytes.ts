import { isTypedArray } from './typed-array.ts';

/**
 * The bytes of a `Uint8Array` of any kind or of a buffer, as a plain `Uint8Array` over the same memory, whose `slice`
 * copies, which a Buffer's does not; undefined for what is no bytes.
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer') return new Uint8Array(value as ArrayBufferLike);
  if (!isTypedArray(value, 'Uint8Array')) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
