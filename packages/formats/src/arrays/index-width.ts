/** Unsigned integers in the narrowest of 8, 16 and 32 bits that holds their range. */
export type IndexArray = Uint8Array | Uint16Array | Uint32Array;

/** What arrays of formats are of; containers number them in this order. */
export const ELEMENT_CLASSES = [Float32Array, Uint8Array, Uint16Array, Uint32Array] as const;

type IndexArrayClass = Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor;

/** The array class for indices from 0 to `max`. */
export function indexClass(max: number): IndexArrayClass {
  if (max <= 0xff) return Uint8Array;
  return max <= 0xffff ? Uint16Array : Uint32Array;
}

/** Zero-filled, for `length` indices from 0 to `max`. */
export function indexArray(max: number, length: number): IndexArray {
  return new (indexClass(max))(length);
}

/** Bytes that `length` indices from 0 to `max` take. */
export function indexBytes(max: number, length: number): number {
  return length * indexClass(max).BYTES_PER_ELEMENT;
}
