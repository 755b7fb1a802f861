import { modelError } from '@zeroskip/onnx';
import { ByteBuffer } from 'flatbuffers';

/** How often the bytes of a file are read, one with another: offsets may lead to one place any number of times. */
const MAX_READS = 4;

const OFFSET_BYTES = 4;
const VTABLE_ENTRY_BYTES = 2;
/** Sizes of the table and of its list of fields, before the fields. */
const VTABLE_HEAD_BYTES = 4;

const utf8 = new TextDecoder();

/** A vector: where its elements begin, and how many there are. */
interface Span {
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a FlatBuffers file. The library that reads numbers checks nothing, so that everything is checked here:
 * what lies outside of the file, and what leads to the same bytes again and again.
 */
export class FlatFile {
  readonly bytes: Uint8Array;
  /** Numbers at places that were checked. */
  readonly numbers: ByteBuffer;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.numbers = new ByteBuffer(bytes);
    this.#left = MAX_READS * bytes.length;
  }

  /** Notes that `size` bytes at `at` are read. @throws where they are not all in the file, or too many were read */
  take(at: number, size: number, what: string): number {
    const { length } = this.bytes;
    if (!(at >= 0 && at + size <= length)) {
      throw modelError(`place of ${what}`, `${size} bytes within the file's ${length}`, at);
    }
    this.#left -= size;
    if (this.#left < 0) {
      const expected = `offsets that read ${MAX_READS} times its bytes at most`;
      throw modelError('the file', expected, `more, at ${what}`, 'ERR_LIMIT_EXCEEDED');
    }
    return at;
  }

  /** The place that the offset at `at` leads to. */
  follow(at: number, what: string): number {
    return at + this.numbers.readUint32(this.take(at, OFFSET_BYTES, what));
  }

  vector(at: number, elementBytes: number, what: string): Span {
    const head = this.follow(at, what);
    const length = this.numbers.readUint32(this.take(head, OFFSET_BYTES, what));
    const start = head + OFFSET_BYTES;
    this.take(start, length * elementBytes, what);
    return { start, length };
  }

  /** Bytes of the file itself, which do not count as read. */
  part(start: number, length: number, what: string): Uint8Array {
    if (!(start >= 0 && length >= 0 && start + length <= this.bytes.length)) {
      const expected = `bytes within the file's ${this.bytes.length}`;
      throw modelError(`place of ${what}`, expected, `${length} from ${start}`);
    }
    return this.bytes.subarray(start, start + length);
  }
}

/** A field of a table: the place that the schema gives it, and how its value is read. */
export interface Field<T> {
  readonly slot: number;
  /** Bytes that it takes within the table. */
  readonly bytes: number;
  readonly absent: T;
  read(file: FlatFile, at: number, what: string): T;
}

/** Fields of a table by name; those that nothing here reads are left out. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

export type TableOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

function readFields<F extends Fields>(file: FlatFile, at: number, fields: F, what: string): TableOf<F> {
  const { numbers } = file;
  const vtable = at - numbers.readInt32(file.take(at, OFFSET_BYTES, what));
  file.take(vtable, VTABLE_HEAD_BYTES, what);
  const vtableBytes = numbers.readUint16(vtable);
  const tableBytes = numbers.readUint16(vtable + VTABLE_ENTRY_BYTES);
  file.take(vtable, vtableBytes, what);
  file.take(at, tableBytes, what);
  const entries = Object.entries(fields).map(([name, field]) => {
    const entry = VTABLE_HEAD_BYTES + VTABLE_ENTRY_BYTES * field.slot;
    const offset = entry + VTABLE_ENTRY_BYTES <= vtableBytes ? numbers.readUint16(vtable + entry) : 0;
    if (offset === 0) return [name, field.absent];
    const where = `${name} of ${what}`;
    if (offset < OFFSET_BYTES || offset + field.bytes > tableBytes) {
      throw modelError(`place of ${where}`, `within the table's ${tableBytes} bytes`, offset);
    }
    return [name, field.read(file, at + offset, where)];
  });
  return Object.fromEntries(entries);
}

/** Reads a table at a place. @throws `ZeroskipError` with code `ERR_INVALID_MODEL` or `ERR_LIMIT_EXCEEDED` */
export function readTable<F extends Fields>(file: FlatFile, at: number, fields: F, what: string): TableOf<F> {
  return readFields(file, at, fields, what);
}

/** Reads the table that the file begins with the offset of. */
export function readRoot<F extends Fields>(file: FlatFile, fields: F, what: string): TableOf<F> {
  return readFields(file, file.follow(0, what), fields, what);
}

type Read<T> = Field<T>['read'];

const scalar =
  <T>(bytes: number, read: (numbers: ByteBuffer, at: number) => T, absent: T) =>
  (slot: number, own: T = absent): Field<T> => ({
    slot,
    bytes,
    absent: own,
    read: (file, at) => read(file.numbers, at),
  });

export const int8 = scalar(1, (numbers, at) => numbers.readInt8(at), 0);
export const uint8 = scalar(1, (numbers, at) => numbers.readUint8(at), 0);
export const int32 = scalar(4, (numbers, at) => numbers.readInt32(at), 0);
export const uint32 = scalar(4, (numbers, at) => numbers.readUint32(at), 0);
export const float32 = scalar(4, (numbers, at) => numbers.readFloat32(at), 0);
/** Beyond 2⁵³ it is no place in a file, nor a size. */
export const uint64 = scalar(8, (numbers, at) => Number(numbers.readUint64(at)), 0);
export const flag = scalar(1, (numbers, at) => numbers.readUint8(at) !== 0, false);

const offset = <T>(slot: number, absent: T, read: Read<T>): Field<T> => ({
  slot,
  bytes: OFFSET_BYTES,
  absent,
  read,
});

/** Where a table is, for a union that says elsewhere which table it is. */
export const place = (slot: number): Field<number | undefined> =>
  offset<number | undefined>(slot, undefined, (file, at, what) => file.follow(at, what));

export const text = (slot: number): Field<string> =>
  offset(slot, '', (file, at, what) => {
    const { start, length } = file.vector(at, 1, what);
    // A copy, as browsers do not decode shared memory.
    return utf8.decode(file.part(start, length, what).slice());
  });

/** A vector of bytes, as a view of the file. */
export const bytes = (slot: number): Field<Uint8Array | undefined> =>
  offset<Uint8Array | undefined>(slot, undefined, (file, at, what) => {
    const head = file.follow(at, what);
    const length = file.numbers.readUint32(file.take(head, OFFSET_BYTES, what));
    return file.part(head + OFFSET_BYTES, length, what);
  });

const list =
  (elementBytes: number, read: (numbers: ByteBuffer, at: number) => number) =>
  (slot: number): Field<readonly number[]> =>
    offset<readonly number[]>(slot, [], (file, at, what) => {
      const { start, length } = file.vector(at, elementBytes, what);
      return Array.from({ length }, (_, i) => read(file.numbers, start + i * elementBytes));
    });

export const int32s = list(4, (numbers, at) => numbers.readInt32(at));
export const float32s = list(4, (numbers, at) => numbers.readFloat32(at));
export const int64s = list(8, (numbers, at) => Number(numbers.readInt64(at)));

export function table<F extends Fields>(slot: number, fields: F): Field<TableOf<F> | undefined> {
  return offset<TableOf<F> | undefined>(slot, undefined, (file, at, what) =>
    readFields(file, file.follow(at, what), fields, what),
  );
}

export function tables<F extends Fields>(slot: number, fields: F): Field<readonly TableOf<F>[]> {
  return offset<readonly TableOf<F>[]>(slot, [], (file, at, what) => {
    const { start, length } = file.vector(at, OFFSET_BYTES, what);
    return Array.from({ length }, (_, i) =>
      readFields(file, file.follow(start + i * OFFSET_BYTES, what), fields, `${what}[${i}]`),
    );
  });
}
