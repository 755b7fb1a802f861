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

const bits: Readonly<Record<ElementType, number>> = {
  float32: 32,
  float64: 64,
  float16: 16,
  bfloat16: 16,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  float8e8m0: 8,
  float4e2m1: 4,
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
  int64: 64,
  uint64: 64,
  int4: 4,
  uint4: 4,
  int2: 2,
  uint2: 2,
  bool: 8,
};

/** Of an element in a file. */
export function bitsPerElement(type: ElementType): number {
  return bits[type];
}

/** Of an element in memory, where each has bytes of its own. */
export function bytesPerElement(type: ElementType): number {
  return Math.ceil(bits[type] / 8);
}

/** Bytes of a dense value in memory. */
export function byteSize(type: ElementType, dims: readonly number[]): number {
  return sizeOf(dims) * bytesPerElement(type);
}

/** @throws `ZeroskipError` with code `ERR_UNSUPPORTED_TYPE` for types that no operator here computes with. */
export function storedType(code: number | undefined, what: string): ElementType {
  const name = names[code ?? 0];
  if (name !== undefined && Object.hasOwn(bits, name)) return name as ElementType;
  const expected = `one of ${Object.keys(bits).join(', ')}`;
  throw modelError(
    `the element type of ${what}`,
    expected,
    name ?? `data type ${code ?? 0}`,
    'ERR_UNSUPPORTED_TYPE',
  );
}

/** The number of a type in ONNX files. */
export function dataTypeCode(type: ElementType): number {
  return Number(Object.keys(names).find((code) => names[Number(code)] === type));
}

/** The type that values of `type` are computed in: half precision is widened, exactly. */
export function computeType(type: ElementType): ElementType {
  return type === 'float16' || type === 'bfloat16' ? 'float32' : type;
}

/** Least and greatest of the integers that quantized values are stored in. */
export const quantizedRanges: Partial<Record<ElementType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int4: [-8, 7],
  uint4: [0, 15],
  int2: [-2, 1],
  uint2: [0, 3],
};
