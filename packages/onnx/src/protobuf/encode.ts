import protobuf from 'protobufjs/minimal.js';
import { type Field, type MessageName, schema } from './schema.ts';

/** A message as a plain object, by field names of the schema; absent fields and empty lists are not written. */
export type Message = Record<string, unknown>;

const { Writer } = protobuf;

function writeNumber(writer: protobuf.Writer, type: Field['type'], value: unknown): void {
  switch (type) {
    case 'int32':
      writer.int32(value as number);
      break;
    case 'float':
      writer.float(value as number);
      break;
    case 'double':
      writer.double(value as number);
      break;
    default:
      writer.uint64(BigInt.asUintN(64, BigInt(value as number | bigint)).toString());
  }
}

const WIRE_TYPES: Readonly<Record<string, number>> = { int64: 0, uint64: 0, int32: 0, double: 1, float: 5 };

function writeValue(
  writer: protobuf.Writer,
  number: number,
  type: Field['type'],
  value: unknown,
  packed: boolean,
): void {
  const wire = WIRE_TYPES[type];
  if (wire !== undefined) {
    writeNumber(writer.uint32((number << 3) | wire), type, value);
    return;
  }
  writer.uint32((number << 3) | 2);
  if (type === 'string') writer.string(value as string);
  else if (type === 'bytes') writer.bytes(value as Uint8Array);
  else writer.bytes(encode(type as MessageName, value as Message, packed));
}

/** Lists of numbers as one field each, without a tag before every value. */
function writePacked(
  writer: protobuf.Writer,
  number: number,
  type: Field['type'],
  values: Iterable<unknown>,
): void {
  writer.uint32((number << 3) | 2).fork();
  for (const value of values) writeNumber(writer, type, value);
  writer.ldelim();
}

/**
 * Serializes a message, the inverse of `decode`.
 * @param packed whether lists of numbers are packed; readers take both
 */
export function encode(name: MessageName, message: Message, packed = true): Uint8Array {
  const writer = Writer.create();
  for (const [number, field] of Object.entries(schema[name])) {
    const value = message[field.name];
    if (value === undefined) continue;
    const values = field.repeated ? (value as ArrayLike<unknown> & Iterable<unknown>) : [value];
    if (values.length === 0) continue;
    if (field.repeated && packed && Object.hasOwn(WIRE_TYPES, field.type))
      writePacked(writer, Number(number), field.type, values);
    else for (const each of values) writeValue(writer, Number(number), field.type, each, packed);
  }
  return new Uint8Array(writer.finish());
}
