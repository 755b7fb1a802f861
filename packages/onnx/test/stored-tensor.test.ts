import { constantOf, decode, defaultLimits, storedTensor } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { encode, float32, type Message, tensorProto } from './support/models.ts';
import { code } from './support/refusal.ts';

function stored(message: Message) {
  return storedTensor(decode('TensorProto', encode('TensorProto', message), 1000), defaultLimits);
}

const values = (message: Message) => [...constantOf(stored(message)).load().data];

describe('constants of a model', () => {
  it('come from raw bytes at any alignment', () => {
    const tensor = float32([2, 2], [1, -2, 0.5, 4]);
    for (const name of ['', 'a', 'ab', 'abc', 'abcd'])
      expect(values(tensorProto(name, tensor))).toEqual([1, -2, 0.5, 4]);
  });

  it('come from the typed field of each type', () => {
    expect(values({ dims: [2], dataType: 1, floatData: [1.5, -1] })).toEqual([1.5, -1]);
    expect(values({ dims: [1], dataType: 11, doubleData: [0.1] })).toEqual([0.1]);
    expect(values({ dims: [2], dataType: 7, int64Data: [-3, 9] })).toEqual([-3n, 9n]);
    expect(values({ dims: [1], dataType: 13, uint64Data: [2n ** 63n] })).toEqual([2n ** 63n]);
    expect(values({ dims: [1], dataType: 12, uint64Data: [2 ** 32 - 1] })).toEqual([2 ** 32 - 1]);
    for (const dataType of [2, 3, 4, 5, 6, 9])
      expect(values({ dims: [2], dataType, int32Data: [1, 0] })).toEqual([1, 0]);
    expect(values({ dims: [1], dataType: 3, int32Data: [-7] })).toEqual([-7]);
  });

  it('of half precision are widened exactly, from bytes and from ints', () => {
    const halves = new Tensor('float16', new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]), [4]);
    expect(values(tensorProto('h', halves))).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
    expect(values({ dims: [1], dataType: 10, int32Data: [0x3555] })[0]).toBeCloseTo(0.333251953125, 12);
    expect(values({ dims: [2], dataType: 16, rawData: new Uint8Array([0x80, 0x3f, 0x20, 0xc1]) })).toEqual([
      1, -10,
    ]);
  });

  it.each([
    ['shorter raw bytes', { dims: [2], dataType: 1, rawData: new Uint8Array(7) }],
    ['longer raw bytes', { dims: [2], dataType: 1, rawData: new Uint8Array(9) }],
    ['two value fields', { dims: [1], dataType: 1, rawData: new Uint8Array(4), floatData: [1] }],
    ['the field of another type', { dims: [1], dataType: 1, int64Data: [1] }],
    ['no values', { dims: [1], dataType: 1 }],
    ['too many values', { dims: [1], dataType: 1, floatData: [1, 2] }],
    ['a negative dim', { dims: [-1], dataType: 1, floatData: [1] }],
    ['a dim beyond 2^53', { dims: [2n ** 60n], dataType: 1 }],
    ['dims whose product overflows', { dims: [2 ** 31, 2 ** 31, 2 ** 31], dataType: 1 }],
    [
      'external data in a model given as bytes',
      { dims: [1], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'x' }] },
    ],
  ])('with %s are refused', (_what, message) => {
    const expected = 'dataLocation' in message ? 'ERR_FILE' : 'ERR_INVALID_MODEL';
    expect(() => stored({ name: 'w', ...message }).values()).toThrow(code(expected));
  });

  it.each([[0], [8], [14], [15], [99]])('of data type %d are refused', (dataType) => {
    expect(() => stored({ dims: [1], dataType, rawData: new Uint8Array(1) })).toThrow(
      code('ERR_UNSUPPORTED_TYPE'),
    );
  });

  it('of a rank beyond the limit are refused', () => {
    const message = { dims: new Array(9).fill(1), dataType: 1, floatData: [1] };
    expect(() => stored(message)).toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it('without elements are empty', () => {
    expect(values({ dims: [0, 3], dataType: 1 })).toEqual([]);
    expect(values({ dims: [0], dataType: 7, rawData: new Uint8Array(0) })).toEqual([]);
  });

  it('that a detached buffer took away are an error', () => {
    const bytes = encode('TensorProto', tensorProto('w', float32([4])));
    const constant = constantOf(storedTensor(decode('TensorProto', bytes, 10), defaultLimits));
    structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
    expect(() => constant.load()).toThrow(code('ERR_INVALID_MODEL'));
  });
});
