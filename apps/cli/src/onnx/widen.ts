import { float16ToFloat32 } from '@zeroskip/tensor';
import protobuf from 'protobufjs/minimal.js';

const TYPE = { float: 1, float16: 10 };
const WIRE = { varint: 0, bytes: 2 };
const EXTERNAL = 1;

type Edit = (value: Uint8Array) => Uint8Array;

/** The fields of a message in order; of a field with a length, `value` is what follows that. */
function fieldsOf(
  message: Uint8Array,
): { field: number; wire: number; whole: Uint8Array; value: Uint8Array }[] {
  const reader = protobuf.Reader.create(message);
  const fields = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const wire = tag & 7;
    const from = reader.pos;
    const inner = wire === WIRE.bytes ? reader.bytes() : undefined;
    if (inner === undefined) reader.skipType(wire);
    const whole = message.subarray(start, reader.pos);
    fields.push({ field: tag >>> 3, wire, whole, value: inner ?? message.subarray(from, reader.pos) });
  }
  return fields;
}

function encoded(field: number, wire: number, value: Uint8Array): Uint8Array {
  const writer = protobuf.Writer.create().uint32(field * 8 + wire);
  return Buffer.concat(
    wire === WIRE.bytes ? [writer.uint32(value.length).finish(), value] : [writer.finish(), value],
  );
}

/** A message with the values of some fields edited; itself where none changes. */
function edited(message: Uint8Array, edits: Readonly<Record<number, Edit>>): Uint8Array {
  let isSame = true;
  const parts = fieldsOf(message).map(({ field, wire, whole, value }) => {
    const result = edits[field]?.(value) ?? value;
    if (result === value) return whole;
    isSame = false;
    return encoded(field, wire, result);
  });
  return isSame ? message : Buffer.concat(parts);
}

const isType = (value: Uint8Array, type: number) => value.length === 1 && value[0] === type;

const TENSOR = { dataType: 2, int32Data: 5, rawData: 9, externalData: 13, dataLocation: 14 };
const STORED: readonly number[] = [
  TENSOR.int32Data,
  TENSOR.rawData,
  TENSOR.externalData,
  TENSOR.dataLocation,
];

/** The bytes of a file beside the model. */
export type ReadBeside = (location: string) => Uint8Array;

function varints(bytes: Uint8Array): number[] {
  const reader = protobuf.Reader.create(bytes);
  const values = [];
  while (reader.pos < reader.len) values.push(reader.uint32());
  return values;
}

function externalData(entries: readonly Uint8Array[], readBeside: ReadBeside): Uint8Array {
  const texts = entries.map((entry) => fieldsOf(entry).map(({ value }) => Buffer.from(value).toString()));
  const { location, offset = '0', length } = Object.fromEntries(texts) as Record<string, string>;
  const file = readBeside(location!);
  return file.subarray(Number(offset), length === undefined ? file.length : Number(offset) + Number(length));
}

/** Puts a tensor's values into the file, 16-bit floats as float32. */
const tensorEdit =
  (widerType: Edit, readBeside: ReadBeside): Edit =>
  (message) => {
    const fields = fieldsOf(message);
    const all = (number: number) => fields.filter(({ field }) => field === number).map(({ value }) => value);
    const isHalf = all(TENSOR.dataType).some((type) => isType(type, TYPE.float16));
    const isExternal = all(TENSOR.dataLocation).some((place) => isType(place, EXTERNAL));
    if (!isHalf && !isExternal) return message;
    const raw = isExternal ? externalData(all(TENSOR.externalData), readBeside) : all(TENSOR.rawData)[0];
    const halves = () =>
      raw === undefined
        ? Uint16Array.from(all(TENSOR.int32Data).flatMap(varints))
        : new Uint16Array(Uint8Array.from(raw).buffer);
    const values = isHalf ? new Uint8Array(float16ToFloat32(halves()).buffer) : raw!;
    return Buffer.concat([
      ...fields
        .filter(({ field }) => !STORED.includes(field))
        .map(({ field, wire, whole, value }) =>
          field === TENSOR.dataType ? encoded(field, wire, widerType(value)) : whole,
        ),
      encoded(TENSOR.rawData, WIRE.bytes, values),
    ]);
  };

/** Attributes of Cast and of generators that name a type. */
const TYPED = ['to', 'dtype'];

function graphEdit(widerType: Edit, tensor: Edit): Edit {
  const graph: Edit = (message) => edited(message, { 1: node, 5: tensor, 11: value, 12: value, 13: value });
  const attribute: Edit = (message) => {
    const name = fieldsOf(message).find(({ field }) => field === 1);
    const typed = name !== undefined && TYPED.includes(Buffer.from(name.value).toString());
    return edited(message, { 5: tensor, 6: graph, 10: tensor, 11: graph, ...(typed && { 3: widerType }) });
  };
  const node: Edit = (message) => edited(message, { 5: attribute });
  const type: Edit = (message) => edited(message, { 1: (of) => edited(of, { 1: widerType }) });
  const value: Edit = (message) => edited(message, { 2: type });
  return graph;
}

/**
 * An ONNX model with float32 in place of every 16-bit float, and all tensors in the file: the same network, without
 * their rounding.
 * @returns undefined for a model without 16-bit floats
 */
export function widenedOnnx(model: Uint8Array, readBeside: ReadBeside): Uint8Array | undefined {
  let holdsHalves = false;
  const widerType: Edit = (type) => {
    if (!isType(type, TYPE.float16)) return type;
    holdsHalves = true;
    return Uint8Array.of(TYPE.float);
  };
  const wide = edited(model, { 7: graphEdit(widerType, tensorEdit(widerType, readBeside)) });
  return holdsHalves ? wide : undefined;
}
