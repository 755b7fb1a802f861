import { assertClass, assertLength, invalid } from './checks.ts';

/** One bit per item, the first item in the lowest bit of the first byte. */
export function bitmap(length: number): Uint8Array {
  return new Uint8Array(bitmapBytes(length));
}

export function bitmapBytes(length: number): number {
  return Math.ceil(length / 8);
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3]! |= 1 << (index & 7);
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >>> 3]! >>> (index & 7)) & 1) === 1;
}

/**
 * The number of flags that are set.
 * @param item what a flag stands for
 * @throws unless there is one for each of `count` items, and none is set past the last
 */
export function checkFlags(what: string, flags: Uint8Array, count: number, item: string): number {
  assertClass(what, flags, Uint8Array);
  assertLength(what, flags, bitmapBytes(count));
  let set = 0;
  for (let bit = 0; bit < flags.length * 8; bit++) {
    if (!hasBit(flags, bit)) continue;
    if (bit >= count) throw invalid(what, `no flag past ${item} ${count - 1}`, bit);
    set++;
  }
  return set;
}

const SET_BITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>>= 1) count += rest & 1;
  return count;
});

/** Number of set bits of a byte. */
export function popcount(byte: number): number {
  return SET_BITS[byte]!;
}

/** The bits of a mask, the lowest first: the order of the elements that it stands for. */
export function showMask(mask: number, length: number): string {
  return Array.from({ length }, (_, bit) => (mask >>> bit) & 1).join('');
}
