import { nodeError } from '@zeroskip/onnx';
import type { ElementType, ErrorCode } from '@zeroskip/tensor';
import { base64Bytes } from '../base64.ts';
import type { NodeEntry } from './schema.ts';

/** How TensorFlow.js computes with each of TensorFlow's types. */
const TYPES: Readonly<Record<string, ElementType>> = {
  DT_FLOAT: 'float32',
  DT_DOUBLE: 'float32',
  DT_HALF: 'float32',
  DT_INT8: 'int32',
  DT_UINT8: 'int32',
  DT_INT16: 'int32',
  DT_INT32: 'int32',
  DT_INT64: 'int32',
  DT_BOOL: 'bool',
};

/** TensorFlow's number of the type of strings. */
const STRING = 7;

/** TensorFlow's numbers of the other types, which some files have in place of names. */
const NUMBERS: Readonly<Record<number, string>> = {
  1: 'DT_FLOAT',
  2: 'DT_DOUBLE',
  3: 'DT_INT32',
  4: 'DT_UINT8',
  5: 'DT_INT16',
  6: 'DT_INT8',
  9: 'DT_INT64',
  10: 'DT_BOOL',
  19: 'DT_HALF',
};

type Attribute = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return utf8.decode(base64Bytes(value));
  const isBytes = Array.isArray(value) && value.every((byte) => Number.isInteger(byte));
  return isBytes ? utf8.decode(Uint8Array.from(value)) : undefined;
}

/** Protocol buffers write 64-bit integers as strings in JSON. */
function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** One node of a graph model: checked access to its attributes. */
export class TfNode {
  readonly name: string;
  readonly op: string;
  readonly #attributes: Readonly<Record<string, Attribute>>;

  constructor({ name, op, attr }: NodeEntry) {
    this.name = name;
    this.op = op;
    this.#attributes = attr;
  }

  error(what: string, expected: string, received: unknown, code: ErrorCode = 'ERR_INVALID_MODEL') {
    return nodeError({ name: this.name, opType: this.op }, what, expected, received, code);
  }

  unsupported(what: string, expected: string, received: unknown) {
    return this.error(what, expected, received, 'ERR_UNSUPPORTED_OPERATOR');
  }

  #attribute(key: string): Attribute | undefined {
    return Object.hasOwn(this.#attributes, key) ? this.#attributes[key] : undefined;
  }

  has(key: string): boolean {
    return this.#attribute(key) !== undefined;
  }

  /** A value that protocol buffers leave out where it is 0. */
  int(key: string, absent = 0): number {
    const attribute = this.#attribute(key);
    if (attribute === undefined) return absent;
    const value = wholeNumber(attribute.i ?? 0);
    if (value === undefined) throw this.error(`attribute ${key}`, 'an integer', attribute.i);
    return value;
  }

  float(key: string, absent = 0): number {
    const attribute = this.#attribute(key);
    if (attribute === undefined) return absent;
    const value = Number(attribute.f ?? 0);
    if (!Number.isFinite(value)) throw this.error(`attribute ${key}`, 'a number', attribute.f);
    return value;
  }

  flag(key: string): boolean {
    return this.#attribute(key)?.b === true;
  }

  string(key: string, absent = ''): string {
    const attribute = this.#attribute(key);
    if (attribute === undefined) return absent;
    const value = text(attribute.s ?? '');
    if (value === undefined) throw this.error(`attribute ${key}`, 'a string', attribute.s);
    return value;
  }

  /** One of `choices`; the first when there is none. */
  choice<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.string(key, choices[0]!);
    if (!choices.includes(value as T)) {
      throw this.unsupported(`attribute ${key}`, `one of ${choices.join(', ')}`, value);
    }
    return value as T;
  }

  #list(key: string, kind: 'i' | 's' | 'func'): readonly unknown[] {
    const list = this.#attribute(key)?.list as Attribute | null | undefined;
    const values = list?.[kind] ?? [];
    if (!Array.isArray(values)) throw this.error(`attribute ${key}`, 'a list', values);
    return values;
  }

  ints(key: string): number[] {
    return this.#list(key, 'i').map((each) => {
      const value = wholeNumber(each);
      if (value === undefined) throw this.error(`attribute ${key}`, 'a list of integers', each);
      return value;
    });
  }

  strings(key: string): string[] {
    return this.#list(key, 's').map((each) => {
      const value = text(each);
      if (value === undefined) throw this.error(`attribute ${key}`, 'a list of strings', each);
      return value;
    });
  }

  /** Names of functions of the model. */
  functions(key: string): string[] {
    return this.#list(key, 'func').map((each) => {
      const name = (each as Attribute | null)?.name;
      if (typeof name !== 'string') throw this.error(`attribute ${key}`, 'a list of functions', name);
      return name;
    });
  }

  /** The name of a function of the model. */
  function(key: string): string {
    const func = this.#attribute(key)?.func as Attribute | null | undefined;
    if (typeof func?.name !== 'string') throw this.error(`attribute ${key}`, 'a function', func?.name);
    return func.name;
  }

  /** Whether an attribute is the type of strings. */
  isOfStrings(key: string): boolean {
    const given = this.#attribute(key)?.type;
    return given === 'DT_STRING' || given === STRING;
  }

  /** The type that the values have here. */
  type(key: string, absent?: ElementType): ElementType {
    const given = this.#attribute(key)?.type;
    if (given === undefined && absent !== undefined) return absent;
    const name = typeof given === 'number' ? NUMBERS[given] : given;
    const type = typeof name === 'string' && Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (type === undefined) {
      const expected = `one of ${Object.keys(TYPES).join(', ')}`;
      throw this.error(`attribute ${key}`, expected, given, 'ERR_UNSUPPORTED_TYPE');
    }
    return type;
  }

  /** Dims, -1 where they are open; undefined for an open rank. */
  shape(key: string): number[] | undefined {
    const shape = this.#attribute(key)?.shape as Attribute | null | undefined;
    if (shape === undefined || shape === null || shape.unknownRank === true) return undefined;
    const dims = shape.dim ?? [];
    if (!Array.isArray(dims)) throw this.error(`attribute ${key}`, 'dims', dims);
    return dims.map((dim) => {
      const size = wholeNumber((dim as Attribute | null)?.size ?? 0);
      if (size === undefined || size < -1) throw this.error(`attribute ${key}`, 'dims, -1 where open', dims);
      return size;
    });
  }

  /** Whether channels are the last axis of maps. */
  get channelsLast(): boolean {
    return this.choice('data_format', ['NHWC', 'NCHW']) === 'NHWC';
  }

  /** Rows and columns of an attribute with a size per axis of a map; 1 and 1 where it has none. */
  rowsAndColumns(key: string): [number, number] {
    const sizes = this.ints(key);
    if (sizes.length === 0) return [1, 1];
    const [h, w] = this.channelsLast ? [sizes[1], sizes[2]] : [sizes[2], sizes[3]];
    if (sizes.length !== 4 || !(h! > 0 && w! > 0)) {
      throw this.error(`attribute ${key}`, 'four sizes from 1', sizes);
    }
    return [h!, w!];
  }
}
