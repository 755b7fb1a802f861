import { allocate, type ElementType, type TensorData } from '@zeroskip/tensor';
import { bitsPerElement } from '../graph/element-types.ts';

/** Bytes that elements take in a file: types of less than 8 bits share bytes, the first in the lowest bits. */
export function packedBytes(type: ElementType, count: number): number {
  return Math.ceil((count * bitsPerElement(type)) / 8);
}

/** One element per byte, with its sign. */
export function unpacked(bytes: Uint8Array, type: ElementType, count: number): TensorData {
  const bits = bitsPerElement(type);
  const to = allocate(type, count) as Int8Array;
  const [perByte, free] = [8 / bits, 32 - bits];
  const isSigned = type.startsWith('int');
  for (let i = 0; i < count; i++) {
    const high = (bytes[Math.floor(i / perByte)]! >>> ((i % perByte) * bits)) << free;
    to[i] = isSigned ? high >> free : high >>> free;
  }
  return to;
}

/** The inverse of `unpacked`. */
export function packed(elements: ArrayLike<number>, type: ElementType): Uint8Array {
  const bits = bitsPerElement(type);
  const perByte = 8 / bits;
  const to = new Uint8Array(packedBytes(type, elements.length));
  for (let i = 0; i < elements.length; i++)
    to[Math.floor(i / perByte)]! |= (elements[i]! & (2 ** bits - 1)) << ((i % perByte) * bits);
  return to;
}
