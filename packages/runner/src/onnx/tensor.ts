import { allocate, float16ToFloat32, sizeOf, Tensor, type TensorData } from '@zeroskip/tensor';
import {
  byteSize,
  bytesPerElement,
  computeType,
  type StoredType,
  storedType,
} from '../model/element-types.ts';
import type { Constant } from '../model/graph.ts';
import type { Limits } from '../model/limits.ts';
import { modelError } from '../model/model-error.ts';
import type { TensorProto } from './schema.ts';

/** External data files by location, already read. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

const EXTERNAL = 1;

/** A tensor of the model in the type it is stored in. */
interface StoredTensor {
  readonly name: string;
  readonly type: StoredType;
  readonly dims: readonly number[];
  /** The values: a view of the file where alignment allows, else a copy. `bfloat16` and `float16` are bits. */
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

const typedField: Readonly<Record<StoredType, Exclude<ValueField, 'rawData' | 'stringData'>>> = {
  float32: 'floatData',
  float64: 'doubleData',
  float16: 'int32Data',
  bfloat16: 'int32Data',
  int8: 'int32Data',
  uint8: 'int32Data',
  int16: 'int32Data',
  uint16: 'int32Data',
  int32: 'int32Data',
  uint32: 'uint64Data',
  int64: 'int64Data',
  uint64: 'uint64Data',
  bool: 'int32Data',
};

function arrayType(type: StoredType) {
  return type === 'bfloat16' ? 'uint16' : type;
}

function viewOrCopy(bytes: Uint8Array, type: StoredType, count: number): TensorData {
  const width = bytesPerElement(type);
  const Class = allocate(arrayType(type), 0).constructor as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TensorData;
  if (bytes.byteOffset % width === 0) return new Class(bytes.buffer, bytes.byteOffset, count);
  return new Class(new Uint8Array(bytes).buffer, 0, count);
}

function fromTypedField(proto: TensorProto, type: StoredType, count: number, what: string): TensorData {
  const field = proto[typedField[type]];
  if (field.length !== count) {
    throw modelError(`${typedField[type]} of ${what}`, `${count} values`, field.length);
  }
  if (field.constructor === (allocate(arrayType(type), 0).constructor as unknown)) return field;
  const out = allocate(arrayType(type), count) as Uint16Array;
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
  const size = byteSize(type, dims);
  if (proto.segment) throw modelError(what, 'a whole tensor', 'a segment', 'ERR_UNSUPPORTED_TYPE');
  const present = valueFields.filter((field) =>
    field === 'rawData' ? proto.rawData !== undefined : proto[field].length > 0,
  );
  if (present.length > 1) throw modelError(`values of ${what}`, 'one value field', present);
  const common = { name: proto.name ?? '', type, dims };
  if (proto.dataLocation === EXTERNAL) {
    if (present.length > 0) throw modelError(`values of ${what}`, 'external data only', present);
    const bytes = externalBytes(proto, size, files, what);
    return { ...common, values: () => viewOrCopy(bytes, type, count) };
  }
  const raw = proto.rawData;
  if (raw !== undefined && (raw.length > 0 || count === 0)) {
    if (raw.length !== size) throw modelError(`rawData of ${what}`, `${size} bytes`, raw.length);
    return {
      ...common,
      values: () => {
        if (raw.length !== size)
          throw modelError('the bytes of the model', 'an attached ArrayBuffer', 'a detached one');
        return viewOrCopy(raw, type, count);
      },
    };
  }
  const values = fromTypedField(proto, type, count, what);
  return { ...common, values: () => values };
}

function widenBfloat16(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
  return new Float32Array(out.buffer);
}

/** The tensor as a constant of the graph; half precision is widened anew on every `load`, and not kept. */
export function constantOf(stored: StoredTensor): Constant {
  const { type, dims } = stored;
  const compute = computeType(type);
  return {
    type: compute,
    dims,
    load: () => {
      const values = stored.values();
      if (type === 'float16') return new Tensor('float32', float16ToFloat32(values as Uint16Array), dims);
      if (type === 'bfloat16') return new Tensor('float32', widenBfloat16(values as Uint16Array), dims);
      return new Tensor(compute, values as never, dims);
    },
  };
}
