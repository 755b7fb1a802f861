import { type ElementType, sizeOf } from '@zeroskip/tensor';
import { modelError } from './model-error.ts';

/** ONNX's TensorProto.DataType. */
const names: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
};

/** A type that a model's constants may have. */
export type StoredType = ElementType | 'bfloat16';

const bytes: Readonly<Record<StoredType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

export function bytesPerElement(type: StoredType): number {
  return bytes[type];
}

/** Bytes of a dense value. */
export function byteSize(type: StoredType, dims: readonly number[]): number {
  return sizeOf(dims) * bytes[type];
}

/** @throws `ZeroskipError` with code `ERR_UNSUPPORTED_TYPE` for types that no operator here computes with. */
export function storedType(code: number | undefined, what: string): StoredType {
  const name = names[code ?? 0];
  if (name !== undefined && Object.hasOwn(bytes, name)) return name as StoredType;
  const expected = `one of ${Object.keys(bytes).join(', ')}`;
  throw modelError(
    `the element type of ${what}`,
    expected,
    name ?? `data type ${code ?? 0}`,
    'ERR_UNSUPPORTED_TYPE',
  );
}

/** The number of a type in ONNX files. */
export function dataTypeCode(type: StoredType): number {
  return Number(Object.keys(names).find((code) => names[Number(code)] === type));
}

/** The type of a graph input or output. */
export function elementType(code: number | undefined, what: string): ElementType {
  const type = storedType(code, what);
  if (type !== 'bfloat16') return type;
  throw modelError(what, 'a type other than bfloat16', type, 'ERR_UNSUPPORTED_TYPE');
}

/** The type that values of `type` are computed in: half precision is widened, exactly. */
export function computeType(type: StoredType): ElementType {
  return type === 'float16' || type === 'bfloat16' ? 'float32' : type;
}
