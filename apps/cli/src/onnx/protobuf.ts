import protobuf from 'protobufjs/minimal.js';

const WIRE = { varint: 0, bytes: 2 };

/** A field as bytes. */
export function field(number: number, value: number | Uint8Array): Uint8Array {
  const writer = protobuf.Writer.create();
  if (typeof value === 'number') writer.uint32(number * 8 + WIRE.varint).int64(value);
  else writer.uint32(number * 8 + WIRE.bytes).bytes(value);
  return writer.finish();
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
