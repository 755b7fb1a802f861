import protobuf from 'protobufjs/minimal.js';
import { type Field, type MessageName, schema } from './schema.ts';

/** A message as a plain object, by field names of the schema; absent fields are not written. */
export type Message = Readonly<Record<string, unknown>>;

const { Writer } = protobuf;

function writeValue(writer: protobuf.Writer, number: number, type: Field['type'], value: unknown): void {
  switch (type) {
    case 'int64':
    case 'uint64':
      writer.uint32(number << 3).uint64(BigInt.asUintN(64, BigInt(value as number | bigint)).toString());
      break;
    case 'int32':
      writer.uint32(number << 3).int32(value as number);
      break;
    case 'float':
      writer.uint32((number << 3) | 5).float(value as number);
      break;
    case 'double':
      writer.uint32((number << 3) | 1).double(value as number);
      break;
    case 'string':
      writer.uint32((number << 3) | 2).string(value as string);
      break;
    case 'bytes':
      writer.uint32((number << 3) | 2).bytes(value as Uint8Array);
      break;
    default:
      writer.uint32((number << 3) | 2).bytes(encode(type, value as Message));
  }
}

/** Serializes a message, the inverse of `decode`; repeated numbers are not packed. */
export function encode(name: MessageName, message: Message): Uint8Array {
  const writer = Writer.create();
  for (const [number, field] of Object.entries(schema[name])) {
    const value = message[field.name];
    if (value === undefined) continue;
    const values = field.repeated ? (value as Iterable<unknown>) : [value];
    for (const each of values) writeValue(writer, Number(number), field.type, each);
  }
  return new Uint8Array(writer.finish());
}
