import { committed } from '@zeroskip/kernels';
import { allocate, type ElementType, sizeOf, Tensor, type TensorData } from '@zeroskip/tensor';
import { bitsPerElement, bytesPerElement, computeType, storedType } from '../graph/element-types.ts';
import type { Constant } from '../graph/graph.ts';
import { widened } from '../graph/half-precision.ts';
import type { Limits } from '../graph/limits.ts';
import { modelError } from '../graph/model-error.ts';
import { packedBytes, unpacked } from './packed.ts';
import type { TensorProto } from './schema.ts';

/** External data files by location, already read. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

const EXTERNAL = 1;

/** A tensor of the model in the type it is stored in. */
interface StoredTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** The values: a view of the file where alignment allows, else a copy. Floats of less than 32 bits are bits. */
  values(): TensorData;
}

type ValueField =
  | 'rawData'
  | 'floatData'
  | 'int32Data'
  | 'int64Data'
  | 'doubleData'
  | 'uint64Data'
  | 'stringData';
const valueFields: readonly ValueField[] = [
  'rawData',
  'floatData',
  'int32Data',
  'int64Data',
  'doubleData',
  'uint64Data',
  'stringData',
];

const typedFields: Partial<Record<ElementType, Exclude<ValueField, 'rawData' | 'stringData'>>> = {
  float32: 'floatData',
  float64: 'doubleData',
  uint32: 'uint64Data',
  int64: 'int64Data',
  uint64: 'uint64Data',
};

function viewOrCopy(bytes: Uint8Array, type: ElementType, count: number): TensorData {
  if (bitsPerElement(type) < 8) return unpacked(bytes, type, count);
  const width = bytesPerElement(type);
  const Class = allocate(type, 0).constructor as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TensorData;
  if (bytes.byteOffset % width === 0) return new Class(bytes.buffer, bytes.byteOffset, count);
  const copy = committed(new Uint8Array(bytes.length));
  copy.set(bytes);
  return new Class(copy.buffer, 0, count);
}

function fromTypedField(proto: TensorProto, type: ElementType, count: number, what: string): TensorData {
  const name = typedFields[type] ?? 'int32Data';
  const field = proto[name];
  const isPacked = bitsPerElement(type) < 8;
  const expected = isPacked ? packedBytes(type, count) : count;
  if (field.length !== expected) throw modelError(`${name} of ${what}`, `${expected} values`, field.length);
  if (isPacked) return unpacked(Uint8Array.from(field, Number), type, count);
  if (field.constructor === (allocate(type, 0).constructor as unknown)) return field;
  const out = allocate(type, count) as Uint16Array;
  for (let i = 0; i < count; i++) out[i] = Number(field[i]);
  return out;
}

function externalBytes(proto: TensorProto, size: number, files: ExternalFiles, what: string): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key ?? '', value ?? '']));
  const file = files.get(entries.get('location') ?? '');
  if (!file) throw modelError(`external data of ${what}`, 'a file', 'none', 'ERR_FILE');
  const number = (key: string, absent: number) => {
    const text = entries.get(key);
    if (text === undefined) return absent;
    if (!/^\d{1,15}$/.test(text))
      throw modelError(`external ${key} of ${what}`, 'a non-negative integer', text);
    return Number(text);
  };
  const offset = number('offset', 0);
  const length = number('length', size);
  if (length !== size) throw modelError(`external length of ${what}`, `${size} bytes`, length);
  if (offset + length > file.length) {
    throw modelError(`external data of ${what}`, `at most ${file.length} bytes of file`, offset + length);
  }
  return file.subarray(offset, offset + length);
}

function checkedDims(proto: TensorProto, what: string, limits: Limits): number[] {
  const dims = Array.from(proto.dims, Number);
  if (dims.length > limits.maxRank) {
    throw modelError(`rank of ${what}`, `at most ${limits.maxRank}`, dims.length, 'ERR_LIMIT_EXCEEDED');
  }
  for (const [axis, dim] of dims.entries()) {
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw modelError(`dims[${axis}] of ${what}`, 'a non-negative integer', proto.dims[axis]);
    }
  }
  if (dims.reduce((size, dim) => size * dim, 1) > Number.MAX_SAFE_INTEGER / 8) {
    throw modelError(`dims of ${what}`, 'an exact number of bytes', dims);
  }
  return dims;
}

/** The values of bytes that a model, or a file beside it, holds. */
function ofBytes(bytes: Uint8Array, type: ElementType, count: number): () => TensorData {
  const size = bytes.length;
  return () => {
    if (bytes.length !== size)
      throw modelError('the bytes of the model', 'an attached ArrayBuffer', 'a detached one');
    return viewOrCopy(bytes, type, count);
  };
}

const kept = (values: TensorData) => () => values;

/**
 * Checks one TensorProto; its values stay where they are until they are asked for.
 * @throws `ZeroskipError` with `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_TYPE` or `ERR_LIMIT_EXCEEDED`
 */
export function storedTensor(
  proto: TensorProto,
  limits: Limits,
  files: ExternalFiles = new Map(),
  what = `tensor ${JSON.stringify(proto.name ?? '')}`,
): StoredTensor {
  const type = storedType(proto.dataType, what);
  const dims = checkedDims(proto, what, limits);
  const count = sizeOf(dims);
  const size = packedBytes(type, count);
  if (proto.segment) throw modelError(what, 'a whole tensor', 'a segment', 'ERR_UNSUPPORTED_TYPE');
  const present = valueFields.filter((field) =>
    field === 'rawData' ? proto.rawData !== undefined : proto[field].length > 0,
  );
  if (present.length > 1) throw modelError(`values of ${what}`, 'one value field', present);
  const stored = (values: StoredTensor['values']) => ({ name: proto.name ?? '', type, dims, values });
  if (proto.dataLocation === EXTERNAL) {
    if (present.length > 0) throw modelError(`values of ${what}`, 'external data only', present);
    return stored(ofBytes(externalBytes(proto, size, files, what), type, count));
  }
  const raw = proto.rawData;
  if (raw !== undefined && (raw.length > 0 || count === 0)) {
    if (raw.length !== size) throw modelError(`rawData of ${what}`, `${size} bytes`, raw.length);
    return stored(ofBytes(raw, type, count));
  }
  return stored(kept(fromTypedField(proto, type, count, what)));
}

/** The tensor as a constant of the graph; half precision is widened anew on every `load`, and not kept. */
export function constantOf(stored: StoredTensor): Constant {
  const { type, dims } = stored;
  return {
    type: computeType(type),
    dims,
    load: () => widened(new Tensor(type, stored.values() as never, dims)),
  };
}
