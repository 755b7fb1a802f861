import type { Api, Probes } from '../support/observe.ts';

type Constructor = new (...values: readonly unknown[]) => InstanceType<Api['Tensor']>;

const make =
  (...values: readonly unknown[]) =>
  (ort: Api) =>
    new (ort.Tensor as unknown as Constructor)(...values);

/** `make` for each of several values, by name. */
const each = (of: Readonly<Record<string, readonly unknown[]>>): Probes =>
  Object.fromEntries(Object.entries(of).map(([name, values]) => [`new Tensor(${name})`, make(...values)]));

const floats = Float32Array.of(1, 2, 3, 4);
class Subclass extends Float32Array {}

const typed = each({
  'float32, array': ['float32', [1, 2]],
  'float32, strings': ['float32', ['1', 'x']],
  'float32, Float32Array, dims': ['float32', floats, [2, 2]],
  'float32, subclass': ['float32', new Subclass(2)],
  'float32, Float64Array': ['float32', new Float64Array(2)],
  'float32, Uint8ClampedArray': ['float32', new Uint8ClampedArray(2)],
  'float32, undefined': ['float32'],
  'float32, null': ['float32', null],
  'float32, number': ['float32', 5],
  'float32, ArrayBuffer': ['float32', new ArrayBuffer(8)],
  'float64, array': ['float64', [1.5]],
  'int8, array': ['int8', [-1, 300]],
  'uint8, array': ['uint8', [255, 256, -1]],
  'uint8, Uint8ClampedArray': ['uint8', Uint8ClampedArray.of(1, 2)],
  'uint8, Buffer': ['uint8', Buffer.from([1, 2])],
  'int16, array': ['int16', [1]],
  'uint16, array': ['uint16', [1]],
  'int32, array': ['int32', [1.9]],
  'uint32, array': ['uint32', [1]],
  'int64, bigints': ['int64', [1n, -2n]],
  'int64, numbers': ['int64', [1, 2]],
  'int64, strings': ['int64', ['1', '2']],
  'int64, fraction': ['int64', [1.5]],
  'int64, word': ['int64', ['one']],
  'int64, BigInt64Array': ['int64', BigInt64Array.of(5n)],
  'int64, BigUint64Array': ['int64', BigUint64Array.of(5n)],
  'uint64, numbers': ['uint64', [1]],
  'float32, bigints': ['float32', [1n]],
  'bool, booleans': ['bool', [true, false]],
  'bool, numbers': ['bool', [1, 0, 2]],
  'bool, Uint8Array': ['bool', Uint8Array.of(1, 0)],
  'string, array': ['string', ['a', 'b']],
  'string, mixed array': ['string', ['a', 1]],
  'string, string': ['string', 'a'],
  'string, dims': ['string', ['a', 'b'], [1, 2]],
  'float16, Uint16Array': ['float16', Uint16Array.of(0x3c00)],
  'float16, array': ['float16', [1]],
  'float16, Float32Array': ['float16', floats],
  'int4, Uint8Array, even': ['int4', new Uint8Array(2), [4]],
  'int4, Uint8Array, odd': ['int4', new Uint8Array(2), [3]],
  'int4, Uint8Array, whole': ['int4', new Uint8Array(2)],
  'int4, Int8Array': ['int4', new Int8Array(2), [4]],
  'int4, array': ['int4', [1, 2]],
  'uint4, Uint8Array': ['uint4', new Uint8Array(2), [4]],
  'uint4, array': ['uint4', [1, 2]],
  'uint4, too many': ['uint4', new Uint8Array(4), [4]],
  'uint4, too few': ['uint4', new Uint8Array(1), [4]],
  'unknown type': ['float128', [1]],
  complex64: ['complex64', [1]],
  __proto__: ['__proto__', [1]],
  'empty type': ['', [1]],
});

const inferred = each({
  Float32Array: [floats],
  'Float32Array, dims': [floats, [2, 2]],
  Float64Array: [Float64Array.of(1)],
  Int8Array: [Int8Array.of(1)],
  Uint8Array: [Uint8Array.of(1)],
  Uint8ClampedArray: [Uint8ClampedArray.of(1)],
  Int16Array: [Int16Array.of(1)],
  Uint16Array: [Uint16Array.of(1)],
  Int32Array: [Int32Array.of(1)],
  Uint32Array: [Uint32Array.of(1)],
  BigInt64Array: [BigInt64Array.of(1n)],
  BigUint64Array: [BigUint64Array.of(1n)],
  Buffer: [Buffer.from([1])],
  'subclass of Float32Array': [new Subclass(1)],
  strings: [['a', 'b']],
  booleans: [[true, false]],
  numbers: [[1, 2]],
  bigints: [[1n]],
  'empty array': [[]],
  'no values': [],
  null: [null],
  'an object': [{}],
  'a number': [5],
  DataView: [new DataView(new ArrayBuffer(4))],
  ArrayBuffer: [new ArrayBuffer(4)],
});

const shapes = each({
  'dims of no axis': ['float32', [1], []],
  'dims with 0': ['float32', [], [0, 3]],
  'dims with a fraction': ['float32', [1], [1.5]],
  'dims with a string': ['float32', [1], ['1']],
  'dims with NaN': ['float32', [1], [Number.NaN]],
  'dims with infinity': ['float32', [1], [Number.POSITIVE_INFINITY]],
  'dims with bigint': ['float32', [1], [1n]],
  'dims below 0': ['float32', [1], [-1]],
  'dims of another size': ['float32', [1, 2, 3], [2]],
  'dims with a hole': ['float32', [1], [undefined]],
  'typed dims': ['float32', [1], Int32Array.of(1)],
  'dims null': ['float32', [1], null],
  'dims a number': ['float32', [1], 1],
  'dims a string': ['float32', [1], '1'],
  'inferred, dims a number': [floats, 4],
  'inferred, dims of another size': [floats, [5]],
});

const located = each({
  pinned: [{ location: 'cpu-pinned', type: 'float32', data: floats, dims: [4] }],
  'pinned, other class': [{ location: 'cpu-pinned', type: 'int32', data: floats, dims: [4] }],
  'pinned, string': [{ location: 'cpu-pinned', type: 'string', data: ['a'], dims: [1] }],
  'pinned, other size': [{ location: 'cpu-pinned', type: 'float32', data: floats, dims: [5] }],
  'pinned, no dims': [{ location: 'cpu-pinned', type: 'float32', data: floats }],
  texture: [{ location: 'texture', type: 'float32', texture: {}, dims: [1, 2, 2, 4] }],
  'texture of int32': [{ location: 'texture', type: 'int32', texture: {}, dims: [1] }],
  'GPU buffer': [{ location: 'gpu-buffer', type: 'int4', gpuBuffer: {}, dims: [2] }],
  'GPU buffer of float64': [{ location: 'gpu-buffer', type: 'float64', gpuBuffer: {}, dims: [2] }],
  'GPU buffer of int8': [{ location: 'gpu-buffer', type: 'int8', gpuBuffer: {}, dims: [2] }],
  MLTensor: [{ location: 'ml-tensor', type: 'uint64', mlTensor: {}, dims: [2] }],
  'MLTensor of string': [{ location: 'ml-tensor', type: 'string', mlTensor: {}, dims: [2] }],
  'MLTensor of int16': [{ location: 'ml-tensor', type: 'int16', mlTensor: {}, dims: [2] }],
  'location cpu': [{ location: 'cpu', type: 'float32', data: floats, dims: [4] }],
  'location none': [{ location: 'none', type: 'float32', data: floats, dims: [4] }],
  'unknown location': [{ location: 'moon', type: 'float32', data: floats, dims: [4] }],
});

export const constructorProbes: Probes = { ...typed, ...inferred, ...shapes, ...located };
