import { forms } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../src/container/crc32.ts';
import { type EncodedMap, format, formats, fromBytes, toBytes } from '../src/index.ts';
import { WORKED_EXAMPLE } from './maps.ts';
import { misbehaviour, repair } from './mutate.ts';

const geometry = { kernel: [3, 3], pads: [1, 0, 0, 1] } as const;
const containers = formats.map(
  (codec) => [codec.id, toBytes(codec.encode(WORKED_EXAMPLE, geometry))] as const,
);

describe('crc32', () => {
  it('has the check value of CRC-32', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});

describe('the container', () => {
  it('begins with its magic, version, checksum and length', () => {
    const bytes = toBytes(format('cpo').encode(WORKED_EXAMPLE, { kernel: [3, 3] }));
    const view = new DataView(bytes.buffer);
    expect(new TextDecoder().decode(bytes.subarray(0, 8))).toBe('ZEROSKIP');
    expect(view.getUint32(8, true)).toBe(1);
    expect(view.getUint32(12, true)).toBe(crc32(bytes.subarray(16)));
    expect(view.getBigUint64(16, true)).toBe(BigInt(bytes.length));
    expect(Array.from({ length: 14 }, (_, i) => view.getUint32(24 + 4 * i, true))).toEqual([
      3, 1, 4, 6, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0,
    ]);
    expect(bytes).toHaveLength(80 + 5 * 12 + 4 + 4 + 8 + 12 + 40);
  });

  it.each(Object.keys(forms))('is read as %s', (form) => {
    for (const [id, bytes] of containers) {
      const encoded = fromBytes(forms[form]!(bytes));
      expect(encoded).toEqual(fromBytes(bytes));
      for (const { buffer, byteLength } of Object.values(encoded.arrays))
        expect(buffer.byteLength).toBe(byteLength);
      expect(format(id).decode(encoded)).toEqual(WORKED_EXAMPLE);
      expect(() => fromBytes(forms[form]!(bytes.subarray(0, -1)))).toThrow(/the length of the container/);
    }
  });

  it('is read at any offset of a larger buffer, and copied', () => {
    for (const [id, bytes] of containers) {
      const larger = new Uint8Array(bytes.length + 8);
      larger.set(bytes, 3);
      const encoded = fromBytes(larger.subarray(3, 3 + bytes.length));
      larger.fill(0xff);
      expect(format(id).decode(encoded)).toEqual(WORKED_EXAMPLE);
    }
  });

  it.each([
    [
      'a file of another kind',
      new Uint8Array(200).fill(65),
      'Expected "ZEROSKIP" for the first 8 bytes, received "AAAAAAAA".',
    ],
    [
      'an empty file',
      new Uint8Array(0),
      'Expected at least 80 bytes for the length of the container, received 0.',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => fromBytes(bytes)).toThrow(message.replace('"ZEROSKIP"', 'ZEROSKIP'));
  });

  it('refuses what is not bytes', () => {
    expect(() => fromBytes('ZEROSKIP' as never)).toThrow(
      'Expected a Uint8Array or an ArrayBuffer for the container, received "ZEROSKIP".',
    );
  });

  it('refuses another version and names its own', () => {
    const bytes = Uint8Array.from(containers[0]![1]);
    bytes[8] = 2;
    expect(() => fromBytes(bytes)).toThrow('Expected 1 for the container version, received 2.');
  });

  it('refuses a format that it does not know', () => {
    const bytes = Uint8Array.from(containers[0]![1]);
    bytes[24] = 99;
    expect(() => fromBytes(repair(bytes))).toThrow(
      `Expected 0 to ${formats.length - 1} for the format, received 99.`,
    );
  });

  it('refuses to write arrays that are not valid', () => {
    const encoded = format('cpo').encode(WORKED_EXAMPLE, geometry);
    const damaged: EncodedMap = {
      ...encoded,
      arrays: { ...encoded.arrays, indices: new Uint8Array(10).fill(255) },
    };
    expect(() => toBytes(damaged)).toThrow('for indices[0], received 255.');
  });
});

describe.each(containers)('damage of %s', (_, bytes) => {
  it('every truncation is refused, also with the length and checksum made right', () => {
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      expect(() => fromBytes(cut)).toThrow(/^Expected /);
      expect(() => fromBytes(repair(cut))).toThrow(/^Expected /);
    }
  });

  it('bytes after the end are refused, also with the length and checksum made right', () => {
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    expect(() => fromBytes(longer)).toThrow('for the length of the container');
    expect(() => fromBytes(repair(longer))).toThrow('for the length of the container');
  });

  it('every flipped bit is refused', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => fromBytes(flipped)).toThrow(/^Expected /);
    }
  });

  it('every byte replaced, the checksum made right: refused, or a map that is written so', () => {
    const problems: string[] = [];
    for (let at = 8; at < bytes.length; at++) {
      for (const value of [0, 1, bytes[at]! ^ 1, bytes[at]! ^ 0x80, bytes[at]! + 1, 0x7f, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        const problem = misbehaviour(repair(changed));
        if (problem) problems.push(`byte ${at} = ${value}: ${problem}`);
      }
    }
    expect(problems).toEqual([]);
  });
});
