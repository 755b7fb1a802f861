import { float16ToFloat32 } from '@zeroskip/tensor';
import { field, fieldsOf, type ReadField, varints } from './protobuf.ts';

const TYPE = { float: 1, float16: 10 };
const EXTERNAL = 1;

type Value = NonNullable<ReadField['value']>;
type Edit = (value: Value) => Value;

/** An edit of a message: the values of some fields are edited; the message itself where none changes. */
const edited =
  (edits: () => Readonly<Record<number, Edit>>): Edit =>
  (bytes) => {
    let isSame = true;
    const parts = fieldsOf(bytes as Uint8Array).map(({ number, value, whole }) => {
      const result = value === undefined ? value : (edits()[number]?.(value) ?? value);
      if (result === value || result === undefined) return whole;
      isSame = false;
      return field(number, result);
    });
    return isSame ? bytes : Buffer.concat(parts);
  };

const TENSOR = { dataType: 2, int32Data: 5, rawData: 9, externalData: 13, dataLocation: 14 };
const STORED: readonly number[] = [
  TENSOR.int32Data,
  TENSOR.rawData,
  TENSOR.externalData,
  TENSOR.dataLocation,
];

/** The bytes of a file beside the model. */
export type ReadBeside = (location: string) => Uint8Array;

const textOf = (value: ReadField['value']) => Buffer.from(value as Uint8Array).toString();

function externalData(entries: readonly Value[], readBeside: ReadBeside): Uint8Array {
  const texts = entries.map((entry) => fieldsOf(entry as Uint8Array).map(({ value }) => textOf(value)));
  const { location, offset = '0', length } = Object.fromEntries(texts) as Record<string, string>;
  const file = readBeside(location!);
  return file.subarray(Number(offset), length === undefined ? file.length : Number(offset) + Number(length));
}

/** Puts a tensor's values into the file, 16-bit floats as float32. */
const tensorEdit =
  (widerType: Edit, readBeside: ReadBeside): Edit =>
  (tensor) => {
    const fields = fieldsOf(tensor as Uint8Array);
    const all = (wanted: number) =>
      fields.filter(({ number }) => number === wanted).map(({ value }) => value!);
    const isHalf = all(TENSOR.dataType).includes(TYPE.float16);
    const isExternal = all(TENSOR.dataLocation).includes(EXTERNAL);
    if (!isHalf && !isExternal) return tensor;
    const raw = isExternal ? externalData(all(TENSOR.externalData), readBeside) : all(TENSOR.rawData)[0];
    const halves = () =>
      raw === undefined
        ? Uint16Array.from(
            all(TENSOR.int32Data).flatMap((one) => (typeof one === 'number' ? one : varints(one))),
          )
        : new Uint16Array(Uint8Array.from(raw as Uint8Array).buffer);
    const values = isHalf ? new Uint8Array(float16ToFloat32(halves()).buffer) : raw!;
    return Buffer.concat([
      ...fields
        .filter(({ number }) => !STORED.includes(number))
        .map(({ number, value, whole }) =>
          number === TENSOR.dataType ? field(number, widerType(value!)) : whole,
        ),
      field(TENSOR.rawData, values),
    ]);
  };

/** Attributes of Cast and of generators that name a type. */
const TYPED = ['to', 'dtype'];

function graphEdit(widerType: Edit, tensor: Edit): Edit {
  const graph = edited(() => ({ 1: node, 5: tensor, 11: value, 12: value, 13: value }));
  const attribute: Edit = (bytes) => {
    const name = fieldsOf(bytes as Uint8Array).find(({ number }) => number === 1);
    const typed = name !== undefined && TYPED.includes(textOf(name.value));
    const edits = { 5: tensor, 6: graph, 10: tensor, 11: graph, ...(typed && { 3: widerType }) };
    return edited(() => edits)(bytes);
  };
  const node = edited(() => ({ 5: attribute }));
  const type = edited(() => ({ 1: edited(() => ({ 1: widerType })) }));
  const value = edited(() => ({ 2: type }));
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
    if (type !== TYPE.float16) return type;
    holdsHalves = true;
    return TYPE.float;
  };
  const graph = graphEdit(widerType, tensorEdit(widerType, readBeside));
  const wide = edited(() => ({ 7: graph }))(model) as Uint8Array;
  return holdsHalves ? wide : undefined;
}
