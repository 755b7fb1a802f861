import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { allocate, type ElementType, elementTypes, sizeOf, Tensor } from '../src/index.ts';

describe('sizeOf', () => {
  it.each([
    [[], 1],
    [[0], 0],
    [[3], 3],
    [[2, 3, 4], 24],
    [[5, 0, 7], 0],
  ])('of %j is %i', (dims, size) => expect(sizeOf(dims)).toBe(size));

  it('refuses a product past 2^53 - 1, also where it overflows before a zero', () => {
    expect(() => sizeOf([2 ** 27, 2 ** 27])).toThrow('Expected a product of at most 2^53 - 1 for dims');
    const overflow = Array.from({ length: 30 }, () => 2 ** 52);
    expect(() => sizeOf(overflow)).toThrow('Expected a product of at most 2^53 - 1 for dims');
    expect(() => sizeOf([...overflow, 0])).toThrow('Expected a product of at most 2^53 - 1 for dims');
  });

  it.each([[[-1]], [[1.5]], [[Number.NaN]], [[2 ** 60]]])('refuses %j', (dims) => {
    expect(() => sizeOf(dims)).toThrow(RangeError);
  });

  it.each([['2,3'], [null], [[2n]], [['2']]])('refuses %o with a TypeError', (dims) => {
    expect(() => sizeOf(dims as never)).toThrow(TypeError);
  });
});

describe('allocate', () => {
  it.each(elementTypes)('%s gives zeros that a tensor of the type takes', (type) => {
    const data = allocate(type, 3);
    expect([...(data as Iterable<number | bigint>)].every((value) => Number(value) === 0)).toBe(true);
    expect(new Tensor(type, data).size).toBe(3);
  });
});

describe('Tensor', () => {
  const Float16 = Reflect.get(globalThis, 'Float16Array');
  it.runIf(Float16)('keeps the bits of a Float16Array, which Node has from version 24 on', () => {
    const given = new Float16([1, -2]);
    const { data } = new Tensor('float16', given);
    expect(data).toEqual(Uint16Array.of(0x3c00, 0xc000));
    expect(data.buffer).toBe(given.buffer);
  });

  it.each(elementTypes)('of %s takes typed arrays of another realm, as views', (type) => {
    const name = allocate(type, 0).constructor.name;
    const foreign = runInNewContext(`new ${name}(3)`) as ReturnType<typeof allocate>;
    const tensor = new Tensor(type, foreign as never);
    expect(tensor.data).toBeInstanceOf(allocate(type, 0).constructor);
    expect(tensor.data.buffer).toBe(foreign.buffer);
  });

  it('keeps a typed array without a copy', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const tensor = new Tensor('float32', data, [2, 3]);
    expect(tensor.data).toBe(data);
    expect(tensor).toMatchObject({ type: 'float32', dims: [2, 3], layout: 'NCHW', size: 6 });
  });

  it('copies dims', () => {
    const dims = [2, 2];
    const tensor = new Tensor('float32', new Float32Array(4), dims);
    dims[0] = 4;
    expect(tensor.dims).toEqual([2, 2]);
  });

  it('is one-dimensional without dims, and a scalar with none', () => {
    expect(new Tensor('int32', [7, 8]).dims).toEqual([2]);
    expect(new Tensor('int32', [7], []).size).toBe(1);
  });

  it('takes an empty array', () => {
    expect(new Tensor('float32', [], [0, 3]).size).toBe(0);
  });

  it('takes a view into a larger or shared buffer', () => {
    const shared = new Float32Array(new SharedArrayBuffer(32), 8, 4);
    expect(new Tensor('float32', shared, [4]).data).toBe(shared);
  });

  it('converts plain numbers, bigints and booleans', () => {
    expect(new Tensor('float32', [1.5, -0]).data).toEqual(Float32Array.of(1.5, -0));
    expect(new Tensor('int64', [1n, -2n]).data).toEqual(BigInt64Array.of(1n, -2n));
    expect(new Tensor('uint64', [2n ** 64n - 1n]).data).toEqual(BigUint64Array.of(2n ** 64n - 1n));
    expect(new Tensor('bool', [true, false]).data).toEqual(Uint8Array.of(1, 0));
    expect(new Tensor('float16', [1, -2, 0.1]).data).toEqual(Uint16Array.of(0x3c00, 0xc000, 0x2e66));
    expect(new Tensor('float16', Uint16Array.of(0x3c00)).data).toEqual(Uint16Array.of(0x3c00));
  });

  it.each([
    ['float32', [1, '2'], 'Expected numbers in an array for type float32 for data[1], received "2".'],
    ['float32', [1n], 'Expected numbers in an array for type float32 for data[0], received 1n.'],
    ['int64', [1], 'Expected bigints in an array for type int64 for data[0], received 1.'],
    ['bool', [1], 'Expected booleans in an array for type bool for data[0], received 1.'],
    [
      'float32',
      new Float64Array(1),
      'Expected Float32Array or an array for type float32 for data, received Float64Array of 8 bytes.',
    ],
    ['float32', 'abcd', 'Expected Float32Array or an array for type float32 for data, received "abcd".'],
    [
      'float32',
      undefined,
      'Expected Float32Array or an array for type float32 for data, received undefined.',
    ],
  ])('of %s refuses data %o', (type, data, message) => {
    const create = () => new Tensor(type as ElementType, data as never);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  it.each(['float', '__proto__', 'toString', 7, undefined])('refuses the type %o', (type) => {
    expect(() => new Tensor(type as never, new Float32Array(1) as never)).toThrow(
      'Expected one of float32, float64, float16',
    );
  });

  it('refuses dims whose product is not the number of elements', () => {
    expect(() => new Tensor('float32', new Float32Array(5), [2, 3])).toThrow(
      'Expected 6 elements for dims [2, 3] for data, received 5.',
    );
  });

  it('refuses a detached buffer', () => {
    const data = new Float32Array(4);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(() => new Tensor('float32', data, [4])).toThrow(
      'Expected 4 elements for dims [4] for data, received 0.',
    );
  });

  it('refuses an unknown layout, and NHWC for another rank than 4', () => {
    const data = new Float32Array(4);
    expect(() => new Tensor('float32', data, [1, 1, 2, 2], 'CHWN' as never)).toThrow(
      'Expected NCHW or NHWC for layout',
    );
    expect(() => new Tensor('float32', data, [2, 2], 'NHWC')).toThrow(
      'Expected rank 4 for layout NHWC for dims',
    );
  });
});

describe('reshape', () => {
  it('shares the data', () => {
    const tensor = new Tensor('float32', new Float32Array(6), [2, 3]);
    const reshaped = tensor.reshape([3, 2]);
    expect(reshaped.data).toBe(tensor.data);
    expect(reshaped.dims).toEqual([3, 2]);
  });

  it('refuses another size, and a channels-last tensor', () => {
    expect(() => new Tensor('float32', new Float32Array(6)).reshape([4])).toThrow('Expected 4 elements');
    expect(() => new Tensor('float32', new Float32Array(4), [1, 2, 2, 1], 'NHWC').reshape([4])).toThrow(
      'Expected NCHW for layout of a reshaped tensor',
    );
  });
});

describe('toLayout', () => {
  const tensor = new Tensor(
    'float32',
    Float32Array.from({ length: 12 }, (_, i) => i),
    [1, 3, 2, 2],
  );

  it('is the tensor itself when it is in that layout', () => {
    expect(tensor.toLayout('NCHW')).toBe(tensor);
  });

  it('keeps dims and repacks data', () => {
    const last = tensor.toLayout('NHWC');
    expect(last.dims).toEqual([1, 3, 2, 2]);
    expect([...last.data]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(last.toLayout('NCHW').data).toEqual(tensor.data);
  });

  it('repacks 64-bit integers', () => {
    const wide = new Tensor('int64', [1n, 2n, 3n, 4n], [1, 2, 1, 2]);
    expect([...wide.toLayout('NHWC').data]).toEqual([1n, 3n, 2n, 4n]);
  });

  it('refuses another rank than 4', () => {
    expect(() => new Tensor('float32', new Float32Array(4), [2, 2]).toLayout('NHWC')).toThrow(
      'Expected rank 4',
    );
  });
});
