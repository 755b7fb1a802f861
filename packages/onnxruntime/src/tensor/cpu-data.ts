import { typedArrayName, typeError } from '@zeroskip/tensor';
import type { Data, TypeName } from './element-types.ts';

type NumericType = Exclude<TypeName, 'string'>;
type NumericData = Exclude<Data, string[]>;

interface ArrayClass {
  readonly name: string;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericData;
  from(values: unknown, map?: (value: never) => unknown): NumericData;
}

/** Data on the CPU, in the class of their type. */
export interface CpuData {
  readonly type: TypeName;
  readonly data: Data;
}

const classes = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  uint4: Uint8Array,
  int4: Uint8Array,
} as const satisfies Record<NumericType, unknown>;

/** The types that data of a class have unless a type is given. */
const inferredTypes: Readonly<Record<string, NumericType>> = {
  Float32Array: 'float32',
  Uint8Array: 'uint8',
  Int8Array: 'int8',
  Uint16Array: 'uint16',
  Int16Array: 'int16',
  Int32Array: 'int32',
  BigInt64Array: 'int64',
  Float16Array: 'float16',
  Float64Array: 'float64',
  Uint32Array: 'uint32',
  BigUint64Array: 'uint64',
};

/** The class of a type's data; undefined for `string` and unknown types. Looked up late, for polyfills. */
function classOf(type: unknown): ArrayClass | undefined {
  if (type === 'float16') {
    const { Float16Array } = globalThis as { Float16Array?: unknown };
    if (Float16Array !== undefined) return Float16Array as ArrayClass;
  }
  return Object.hasOwn(classes, type as string)
    ? (classes[type as NumericType] as unknown as ArrayClass)
    : undefined;
}

function fromValues(type: NumericType, Class: ArrayClass, values: readonly unknown[]): NumericData {
  if (Class.name === 'Uint16Array' && type === 'float16') {
    throw typeError('data of type float16', 'a Uint16Array of bit patterns', values);
  }
  if (type === 'uint4' || type === 'int4') {
    throw typeError(`data of type ${type}`, 'a Uint8Array with two values a byte', values);
  }
  return type === 'int64' || type === 'uint64' ? Class.from(values, BigInt) : Class.from(values);
}

/** `data` in the class of `type`, shared where they are a typed array. */
export function typedData(type: unknown, data: unknown): CpuData {
  if (type === 'string') {
    if (!Array.isArray(data)) throw typeError('data of type string', 'an array of strings', data);
    return { type, data };
  }
  const Class = classOf(type);
  if (!Class) throw typeError('type', `string or one of ${Object.keys(classes).join(', ')}`, type);
  const known = type as NumericType;
  if (Array.isArray(data)) return { type: known, data: fromValues(known, Class, data) };
  const shared = pinnedData(known, data);
  if (shared) return { type: known, data: shared };
  const name = typedArrayName(data);
  if (name === 'Uint8ClampedArray' && type === 'uint8')
    return { type, data: Uint8Array.from(data as Uint8ClampedArray) };
  if (name === 'Uint16Array' && type === 'float16') {
    const { buffer, byteOffset, length } = data as Uint16Array;
    return { type, data: new Class(buffer, byteOffset, length) };
  }
  throw typeError(`data of type ${known}`, `an array or ${Class.name}`, data);
}

/** `data` where they are of the class of `type`, as one of this realm; undefined for others. */
export function pinnedData(type: unknown, data: unknown): NumericData | undefined {
  const Class = classOf(type);
  if (!Class || typedArrayName(data) !== Class.name) return undefined;
  if (data instanceof Class) return data as NumericData;
  const { buffer, byteOffset, length } = data as NumericData;
  return new Class(buffer, byteOffset, length);
}

/** `data` with the type that follows from what they are. */
export function inferredData(data: unknown): CpuData {
  const name = typedArrayName(data);
  if (name === 'Uint8ClampedArray') return typedData('uint8', data);
  const type = name !== undefined && Object.hasOwn(inferredTypes, name) ? inferredTypes[name] : undefined;
  if (type) return typedData(type, data);
  const kind = Array.isArray(data) ? typeof data[0] : undefined;
  if (kind === 'string') return typedData('string', data);
  if (kind === 'boolean') return typedData('bool', data);
  throw typeError('data without a type', 'a typed array, or an array of strings or booleans', data);
}
