import { ZeroskipError } from '@zeroskip/tensor';
import protobuf from 'protobufjs/minimal.js';
import { modelError } from '../graph/model-error.ts';
import { type Field, type Message, type MessageName, type ScalarType, schema } from './schema.ts';

/** Nested messages deeper than any network's: graph → node → attribute → graph → … → tensor → entry. */
const MAX_DEPTH = 64;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const wireTypes: Record<ScalarType, number> = {
  int64: VARINT,
  uint64: VARINT,
  int32: VARINT,
  float: FIXED32,
  double: FIXED64,
  bytes: LENGTH,
  string: LENGTH,
};

const repeatedArrays = {
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  float: Float32Array,
  double: Float64Array,
} as const;

type PackedType = keyof typeof repeatedArrays;
type PackedArray = BigInt64Array | BigUint64Array | Int32Array | Float32Array | Float64Array;

function isPackedType(type: Field['type']): type is PackedType {
  return Object.hasOwn(repeatedArrays, type);
}

function isMessage(type: Field['type']): type is MessageName {
  return Object.hasOwn(schema, type);
}

function toBigInt(value: { high: number; low: number }): bigint {
  return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

function readScalar(reader: protobuf.Reader, type: ScalarType): unknown {
  switch (type) {
    case 'int64':
      return BigInt.asIntN(64, toBigInt(reader.int64() as unknown as { high: number; low: number }));
    case 'uint64':
      return BigInt.asUintN(64, toBigInt(reader.uint64() as unknown as { high: number; low: number }));
    case 'int32':
      return reader.int32();
    case 'float':
      return reader.float();
    case 'double':
      return reader.double();
    case 'bytes':
      return reader.bytes();
    case 'string':
      return reader.stringVerify();
  }
}

/** Little-endian fixed-width values of a packed field; a copy of `bytes` alone, since the file gives no alignment. */
function fixedWidth(bytes: Uint8Array, type: 'float' | 'double'): Float32Array | Float64Array {
  const Class = repeatedArrays[type];
  if (bytes.length % Class.BYTES_PER_ELEMENT !== 0) {
    throw new RangeError(`${bytes.length} bytes of packed ${type}`);
  }
  return new Class(new Uint8Array(bytes).buffer);
}

function varints(bytes: Uint8Array, type: 'int64' | 'uint64' | 'int32'): PackedArray {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 128) count++;
  const out = new repeatedArrays[type](count);
  const reader = new protobuf.Reader(bytes);
  for (let i = 0; i < count; i++) out[i] = readScalar(reader, type) as never;
  if (reader.pos !== reader.len) throw new RangeError(`a truncated packed ${type}`);
  return out;
}

/** A field with what its reading goes by. */
interface Layout {
  readonly field: Field;
  readonly wire: number;
  readonly message: MessageName | undefined;
  readonly packed: PackedType | undefined;
}

function layoutOf(field: Field): Layout {
  const { type, repeated } = field;
  const message = isMessage(type) ? type : undefined;
  const packed = repeated && isPackedType(type) ? type : undefined;
  return { field, wire: isMessage(type) ? LENGTH : wireTypes[type], message, packed };
}

/** By message and field number. */
const layouts = new Map(
  Object.entries(schema).map(([name, fields]) => [
    name,
    new Map(Object.entries(fields).map(([number, field]) => [Number(number), layoutOf(field)])),
  ]),
);

/** What absent and empty lists are. */
const noNumbers = Object.fromEntries(
  Object.entries(repeatedArrays).map(([type, Class]) => [type, new Class(0)]),
) as Record<PackedType, PackedArray>;

/** A message's place in the model. */
interface Where {
  readonly around?: Where;
  readonly name: string;
  /** In a repeated field. */
  readonly index?: number;
  readonly depth: number;
}

function pathOf({ around, name, index }: Where): string {
  return `${around ? `${pathOf(around)}.` : ''}${name}${index === undefined ? '' : `[${index}]`}`;
}

/** A repeated field of numbers, which may come packed, one by one, or both, in any order. */
class NumberList {
  readonly #chunks: (PackedArray | unknown[])[] = [];

  addPacked(chunk: PackedArray): void {
    this.#chunks.push(chunk);
  }

  add(value: unknown): void {
    const last = this.#chunks.at(-1);
    if (Array.isArray(last)) last.push(value);
    else this.#chunks.push([value]);
  }

  toArray(type: PackedType): PackedArray {
    const [only] = this.#chunks;
    const count = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (count === 0) return noNumbers[type];
    if (this.#chunks.length === 1 && !Array.isArray(only)) return only!;
    const out = new repeatedArrays[type](count);
    let offset = 0;
    for (const chunk of this.#chunks) {
      out.set(chunk as never, offset);
      offset += chunk.length;
    }
    return out;
  }
}

class Decoder {
  #left: number;
  readonly #maxElements: number;

  constructor(maxElements: number) {
    this.#left = maxElements;
    this.#maxElements = maxElements;
  }

  #spend(): void {
    if (--this.#left >= 0) return;
    const expected = `at most ${this.#maxElements} messages and strings`;
    throw modelError('the model', expected, 'more', 'ERR_LIMIT_EXCEEDED');
  }

  message(name: MessageName, bytes: Uint8Array, where: Where): Record<string, unknown> {
    this.#spend();
    if (where.depth > MAX_DEPTH)
      throw modelError(pathOf(where), `a depth of at most ${MAX_DEPTH} messages`, 'deeper nesting');
    const fields = layouts.get(name)!;
    const message: Record<string, unknown> = {};
    for (const { field, packed } of fields.values()) {
      if (field.repeated) message[field.name] = packed ? noNumbers[packed] : [];
    }
    const lists = new Map<Layout, NumberList>();
    const reader = new protobuf.Reader(bytes);
    try {
      while (reader.pos < reader.len) {
        const tag = reader.tag();
        const layout = fields.get(tag >>> 3);
        if (!layout) reader.skipType(tag & 7, 0, tag >>> 3);
        else if (layout.packed) this.#numbers(reader, layout, tag & 7, lists, where);
        else this.#value(reader, layout, tag & 7, message, where);
      }
    } catch (cause) {
      if (cause instanceof ZeroskipError) throw cause;
      throw modelError(pathOf(where), 'a complete protobuf message', (cause as Error).message);
    }
    for (const [{ field, packed }, list] of lists) message[field.name] = list.toArray(packed!);
    return message;
  }

  #numbers(
    reader: protobuf.Reader,
    layout: Layout,
    wire: number,
    lists: Map<Layout, NumberList>,
    where: Where,
  ): void {
    this.#spend();
    const type = layout.packed!;
    const list = lists.get(layout) ?? new NumberList();
    lists.set(layout, list);
    if (wire === LENGTH) {
      const bytes = reader.bytes();
      list.addPacked(type === 'float' || type === 'double' ? fixedWidth(bytes, type) : varints(bytes, type));
    } else {
      this.#checkWire(wire, layout, where);
      list.add(readScalar(reader, type));
    }
  }

  #value(
    reader: protobuf.Reader,
    layout: Layout,
    wire: number,
    message: Record<string, unknown>,
    where: Where,
  ): void {
    this.#checkWire(wire, layout, where);
    const { name, repeated } = layout.field;
    const list = repeated ? (message[name] as unknown[]) : undefined;
    let value: unknown;
    if (layout.message) {
      const inner = { around: where, name, depth: where.depth + 1, ...(list && { index: list.length }) };
      value = this.message(layout.message, reader.bytes(), inner);
    } else {
      if (list) this.#spend();
      value = readScalar(reader, layout.field.type as ScalarType);
    }
    if (list) list.push(value);
    else message[name] = value;
  }

  #checkWire(received: number, { wire, field }: Layout, where: Where): void {
    if (received === wire) return;
    throw modelError(`${pathOf(where)}.${field.name}`, `wire type ${wire}`, `wire type ${received}`);
  }
}

/**
 * Decodes one message. Byte fields are views of `bytes`.
 * @param maxElements most sub-messages, strings and unpacked values that are read
 * @throws `ZeroskipError` with code `ERR_INVALID_MODEL` that names the field, or `ERR_LIMIT_EXCEEDED`
 */
export function decode<M extends MessageName>(name: M, bytes: Uint8Array, maxElements: number): Message<M> {
  return new Decoder(maxElements).message(name, bytes, { name, depth: 0 }) as unknown as Message<M>;
}
