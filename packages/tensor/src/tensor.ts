import { assertInteger, rangeError, typeError } from './errors.ts';

import { type Layout, repack } from './layout.ts';
import { isNarrowFloat, narrowFloats } from './narrow-floats.ts';
import { typedArrayName } from './typed-array.ts';

/**
 * Element types, in the names of ONNX Runtime's JavaScript API. Floats of less than 32 bits are bit patterns (see
 * `widenFloats`). Types of less than 8 bits take a byte per element, too.
 */
export interface TensorDataMap {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  bfloat16: Uint16Array;
  float8e4m3fn: Uint8Array;
  float8e4m3fnuz: Uint8Array;
  float8e5m2: Uint8Array;
  float8e5m2fnuz: Uint8Array;
  float8e8m0: Uint8Array;
  float4e2m1: Uint8Array;
  int4: Int8Array;
  uint4: Uint8Array;
  int2: Int8Array;
  uint2: Uint8Array;
}

/** Stands for `Float16Array`, which not all versions of Node and TypeScript have. */
type Float16Data<T> = T extends 'float16'
  ? ArrayBufferView & { readonly [Symbol.toStringTag]: 'Float16Array' }
  : never;

export type ElementType = keyof TensorDataMap;
export type TensorData = TensorDataMap[ElementType];

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e5m2: Uint8Array,
  float8e5m2fnuz: Uint8Array,
  float8e8m0: Uint8Array,
  float4e2m1: Uint8Array,
  int4: Int8Array,
  uint4: Uint8Array,
  int2: Int8Array,
  uint2: Uint8Array,
} as const satisfies { [T in ElementType]: new (length: number) => TensorDataMap[T] };

export const elementTypes = Object.keys(ARRAYS) as ElementType[];

/** A new zero-filled array for `length` elements of `type`. */
export function allocate<T extends ElementType>(type: T, length: number): TensorDataMap[T] {
  return new ARRAYS[type](length) as TensorDataMap[T];
}

const KINDS = {
  number: 'numbers',
  bigint: 'bigints',
  boolean: 'booleans',
} as const;

function kindOf(type: ElementType): keyof typeof KINDS {
  if (type === 'int64' || type === 'uint64') return 'bigint';
  return type === 'bool' ? 'boolean' : 'number';
}

function fromPlain<T extends ElementType>(type: T, values: readonly unknown[]): TensorDataMap[T] {
  const kind = kindOf(type);
  for (const [index, value] of values.entries()) {
    if (typeof value !== kind)
      throw typeError(`data[${index}]`, `${KINDS[kind]} in an array for type ${type}`, value);
  }
  if (isNarrowFloat(type))
    return narrowFloats(type, Float32Array.from(values as readonly number[])) as TensorDataMap[T];
  return (ARRAYS[type] as { from(values: unknown): unknown }).from(values) as TensorDataMap[T];
}

/** A typed array as one of `type`'s class in this realm: itself, or a view of the same memory; undefined for others. */
function fromTyped<T extends ElementType>(type: T, data: unknown): TensorDataMap[T] | undefined {
  const Class = ARRAYS[type];
  if (data instanceof Class) return data as TensorDataMap[T];
  const name = typedArrayName(data);
  if (name !== Class.name && !(type === 'float16' && name === 'Float16Array')) return undefined;
  const { buffer, byteOffset, length } = data as TensorData;
  return new Class(buffer as ArrayBuffer, byteOffset, length) as TensorDataMap[T];
}

/** Product of `dims`; throws unless every dimension is a non-negative integer and the product is exact. */
export function sizeOf(dims: readonly number[]): number {
  if (!Array.isArray(dims)) throw typeError('dims', 'an array of non-negative integers', dims);
  let size = 1;
  for (let axis = 0; axis < dims.length; axis++) {
    const dim: number = dims[axis];
    assertInteger(() => `dims[${axis}]`, dim, 0);
    size *= dim;
  }
  if (!(size <= Number.MAX_SAFE_INTEGER)) {
    throw rangeError('dims', 'a product of at most 2^53 - 1', dims, 'ERR_INVALID_SHAPE');
  }
  return size;
}

/**
 * A dense multi-dimensional array. `dims` are in ONNX order (N, C, H, W for maps) whatever the layout;
 * `layout` tells how `data` is ordered in memory: row-major over `dims` (`NCHW`, the default for every
 * rank), or channels last (`NHWC`, rank 4 only).
 */
export class Tensor<T extends ElementType = ElementType> {
  readonly type: T;
  readonly data: TensorDataMap[T];
  readonly dims: readonly number[];
  readonly layout: Layout;

  /**
   * @param data a typed array of the type's class (kept, not copied; for `float16` bit patterns in a `Uint16Array`, or
   *   a `Float16Array`, whose bits are kept), or an array of plain numbers (bigints for 64-bit integers, booleans for
   *   `bool`), converted as typed arrays do; those of floats of less than 32 bits are rounded to float32 first.
   * @throws `ZeroskipTypeError` for an unknown type or data of another class, `ZeroskipRangeError` when the
   *   number of elements is not the product of `dims`.
   */
  constructor(
    type: T,
    data: TensorDataMap[T] | Float16Data<T> | readonly (number | bigint | boolean)[],
    dims?: readonly number[],
    layout: Layout = 'NCHW',
  ) {
    if (!Object.hasOwn(ARRAYS, type)) throw typeError('type', `one of ${elementTypes.join(', ')}`, type);
    const values = Array.isArray(data) ? fromPlain(type, data) : fromTyped(type, data);
    if (!values) throw typeError('data', `${ARRAYS[type].name} or an array for type ${type}`, data);
    const shape = dims ?? [values.length];
    const size = sizeOf(shape);
    if (size !== values.length) {
      throw rangeError(
        'data',
        `${size} elements for dims [${shape.join(', ')}]`,
        values.length,
        'ERR_INVALID_SHAPE',
      );
    }
    if (layout !== 'NCHW' && layout !== 'NHWC') throw typeError('layout', 'NCHW or NHWC', layout);
    if (layout === 'NHWC' && shape.length !== 4) {
      throw rangeError('dims', 'rank 4 for layout NHWC', shape, 'ERR_INVALID_SHAPE');
    }
    this.type = type;
    this.data = values;
    this.dims = [...shape];
    this.layout = layout;
  }

  get size(): number {
    return this.data.length;
  }

  /** The same values under other dims, sharing the data. */
  reshape(dims: readonly number[]): Tensor<T> {
    if (this.layout !== 'NCHW') throw rangeError('layout of a reshaped tensor', 'NCHW', this.layout);
    return new Tensor(this.type, this.data, dims);
  }

  /** This tensor in `layout`: itself when it is already so, else a repacked copy. */
  toLayout(layout: Layout): Tensor<T> {
    if (layout === this.layout) return this;
    if (this.dims.length !== 4) {
      throw rangeError('dims', `rank 4 for layout ${layout}`, this.dims, 'ERR_INVALID_SHAPE');
    }
    const out = allocate(this.type, this.size);
    const [n, c, h, w] = this.dims as [number, number, number, number];
    repack(this.data as Float32Array, out as Float32Array, { n, c, h, w }, layout);
    return new Tensor(this.type, out, this.dims, layout);
  }
}
