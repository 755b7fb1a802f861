import protobuf from 'protobufjs/minimal.js';

const WIRE = { varint: 0, bytes: 2 };

/** A field to be written: an integer, a text, bytes, or a message. */
export type Field = readonly [number: number, value: number | string | Uint8Array | readonly Field[]];

function write(writer: protobuf.Writer, fields: readonly Field[]): protobuf.Writer {
  for (const [number, value] of fields) {
    if (typeof value === 'number') writer.uint32(number * 8 + WIRE.varint).int64(value);
    else {
      writer.uint32(number * 8 + WIRE.bytes);
      if (typeof value === 'string') writer.string(value);
      else if (value instanceof Uint8Array) writer.bytes(value);
      else write(writer.fork(), value).ldelim();
    }
  }
  return writer;
}

/** The bytes of a message. */
export function message(fields: readonly Field[]): Uint8Array {
  return write(protobuf.Writer.create(), fields).finish();
}

/** A field as it was read. */
export interface ReadField {
  readonly number: number;
  /** Undefined for floating-point numbers. */
  readonly value: number | Uint8Array | undefined;
  /** Its bytes, tag included. */
  readonly whole: Uint8Array;
}

/** The fields of a message in order. */
export function fieldsOf(message: Uint8Array): ReadField[] {
  const reader = protobuf.Reader.create(message);
  const fields: ReadField[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const wire = tag & 7;
    let value: ReadField['value'];
    if (wire === WIRE.varint) value = Number(reader.uint64());
    else if (wire === WIRE.bytes) value = reader.bytes();
    else reader.skipType(wire);
    fields.push({ number: tag >>> 3, value, whole: message.subarray(start, reader.pos) });
  }
  return fields;
}

/** Integers that are packed into one field. */
export function varints(bytes: Uint8Array): number[] {
  const reader = protobuf.Reader.create(bytes);
  const values: number[] = [];
  while (reader.pos < reader.len) values.push(reader.uint32());
  return values;
}
