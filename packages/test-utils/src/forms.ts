import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A byte that no model here consists of, around those that lie inside a larger buffer. */
export const SECRET = 0xa5;

function inside(length: number, offset: number, buffer: ArrayBufferLike): Uint8Array {
  new Uint8Array(buffer).fill(SECRET);
  return new Uint8Array(buffer, offset, length);
}

/** The same bytes in every form in which a program may hold them, with memory of others around where there can be. */
export const forms: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | ArrayBufferLike>> = {
  'a Uint8Array of its own': (bytes) => new Uint8Array(bytes),
  'a Buffer out of the pool': (bytes) => {
    Buffer.allocUnsafe(1).fill(SECRET);
    const buffer = Buffer.allocUnsafe(bytes.length);
    buffer.set(bytes);
    return buffer;
  },
  'a Buffer read from a file': (bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'zeroskip-forms-'));
    try {
      writeFileSync(join(folder, 'bytes'), bytes);
      return readFileSync(join(folder, 'bytes'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  'a Buffer at an odd offset': (bytes) => {
    const part = inside(bytes.length, 7, new ArrayBuffer(bytes.length + 64));
    part.set(bytes);
    return Buffer.from(part.buffer, part.byteOffset, part.length);
  },
  'a subarray at an odd offset': (bytes) => {
    const part = inside(bytes.length, 5, new ArrayBuffer(bytes.length + 64));
    part.set(bytes);
    return part;
  },
  'an ArrayBuffer': (bytes) => new Uint8Array(bytes).buffer,
  'a SharedArrayBuffer': (bytes) => {
    const part = inside(bytes.length, 0, new SharedArrayBuffer(bytes.length));
    part.set(bytes);
    return part.buffer;
  },
  'a view of a SharedArrayBuffer at an odd offset': (bytes) => {
    const part = inside(bytes.length, 3, new SharedArrayBuffer(bytes.length + 64));
    part.set(bytes);
    return part;
  },
};
