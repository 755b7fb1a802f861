import { modelError } from '@zeroskip/onnx';

/** Kinds of values in FlexBuffers that options consist of. */
const INT = 1;
const UINT = 2;
const FLOAT = 3;
const MAP = 9;
const BOOL = 26;

/** More than options have. */
const MAX_VALUES = 1024;
const MAX_KEY_BYTES = 256;

/** A map holds its keys, their width, and its length before its values. */
const MAP_HEAD = 3;

const what = 'options in FlexBuffers';
const utf8 = new TextDecoder();

function fail(expected: string, received: unknown): never {
  throw modelError(what, expected, received);
}

/** Checked reads of numbers of 1, 2, 4 or 8 bytes. */
class Reader {
  readonly #view: DataView;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #check(at: number, width: number): void {
    const isThere = Number.isInteger(at) && at >= 0 && at + width <= this.bytes.length;
    if (!isThere) fail(`places within their ${this.bytes.length} bytes`, at);
  }

  uint(at: number, width: number): number {
    this.#check(at, width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, true);
    if (width === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  int(at: number, width: number): number {
    const value = this.uint(at, width);
    return value >= 2 ** (8 * width - 1) ? value - 2 ** (8 * width) : value;
  }

  float(at: number, width: number): number {
    this.#check(at, width);
    if (width < 4) return fail('floats of 4 or 8 bytes', width);
    return width === 4 ? this.#view.getFloat32(at, true) : this.#view.getFloat64(at, true);
  }

  /** Text up to a zero. */
  key(at: number): string {
    this.#check(at, 1);
    const key = this.bytes.slice(at, at + MAX_KEY_BYTES);
    const end = key.indexOf(0);
    return end < 0
      ? fail(`keys of less than ${MAX_KEY_BYTES} bytes`, 'more')
      : utf8.decode(key.subarray(0, end));
  }
}

function valueAt(reader: Reader, at: number, width: number, type: number): number | undefined {
  // An indirect number stands where the value leads to, and has a width of its own: options have none.
  switch (type >> 2) {
    case INT:
      return reader.int(at, width);
    case UINT:
    case BOOL:
      return reader.uint(at, width);
    case FLOAT:
      return reader.float(at, width);
    default:
      return undefined;
  }
}

/**
 * The numbers of a map that is the root of FlexBuffers, as custom operators have it for options; truth values are 0 or
 * 1, and values of other kinds are left out.
 * @throws `ZeroskipError` with code `ERR_INVALID_MODEL`
 */
export function readNumbers(bytes: Uint8Array): ReadonlyMap<string, number> {
  const reader = new Reader(bytes);
  const end = bytes.length;
  const rootWidth = reader.uint(end - 1, 1);
  const rootType = reader.uint(end - 2, 1);
  if (![1, 2, 4, 8].includes(rootWidth)) fail('a root of 1, 2, 4 or 8 bytes', rootWidth);
  if (rootType >> 2 !== MAP) fail('a map', `kind ${rootType >> 2}`);
  const width = 2 ** (rootType & 3);
  const root = end - 2 - rootWidth;
  const values = root - reader.uint(root, rootWidth);
  const length = reader.uint(values - width, width);
  if (length > MAX_VALUES) fail(`at most ${MAX_VALUES} values`, length);
  const keysAt = values - MAP_HEAD * width;
  const keys = keysAt - reader.uint(keysAt, width);
  const keyWidth = reader.uint(values - 2 * width, width);
  if (![1, 2, 4, 8].includes(keyWidth)) fail('keys of 1, 2, 4 or 8 bytes', keyWidth);
  const found = new Map<string, number>();
  for (let i = 0; i < length; i++) {
    const place = keys + i * keyWidth;
    const key = reader.key(place - reader.uint(place, keyWidth));
    const type = reader.uint(values + length * width + i, 1);
    const value = valueAt(reader, values + i * width, width, type);
    if (value !== undefined) found.set(key, value);
  }
  return found;
}
