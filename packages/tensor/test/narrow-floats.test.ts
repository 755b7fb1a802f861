import { describe, expect, it } from 'vitest';
import { type NarrowFloat, narrowFloats, Tensor, widenFloats } from '../src/index.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const widen = (type: NarrowFloat, bits: number) => widenFloats(type, new Uint8Array([bits]))[0]!;
const narrow = (type: NarrowFloat, value: number, saturate = true) =>
  narrowFloats(type, Float32Array.of(value), { saturate })[0]!;

/** Bits of ONNX's table of 8-bit floats: https://onnx.ai/onnx/technical/float8.html. */
const known: [NarrowFloat, number, number][] = [
  ['float8e4m3fn', 0x7e, 448],
  ['float8e4m3fn', 0x08, 2 ** -6],
  ['float8e4m3fn', 0x01, 2 ** -9],
  ['float8e4m3fn', 0x7f, nan],
  ['float8e4m3fn', 0xff, nan],
  ['float8e4m3fn', 0x80, -0],
  ['float8e4m3fnuz', 0x7f, 240],
  ['float8e4m3fnuz', 0x01, 2 ** -10],
  ['float8e4m3fnuz', 0x80, nan],
  ['float8e5m2', 0x7b, 57344],
  ['float8e5m2', 0x01, 2 ** -16],
  ['float8e5m2', 0x7c, infinity],
  ['float8e5m2', 0xfc, -infinity],
  ['float8e5m2', 0x7d, nan],
  ['float8e5m2fnuz', 0x7f, 57344],
  ['float8e5m2fnuz', 0x01, 2 ** -17],
  ['float8e5m2fnuz', 0x80, nan],
  ['float8e8m0', 127, 1],
  ['float8e8m0', 0, 2 ** -127],
  ['float8e8m0', 255, nan],
  ['float4e2m1', 7, 6],
  ['float4e2m1', 9, -0.5],
];

describe('widenFloats', () => {
  it.each(known)('%s of %i is %d', (type, bits, value) => {
    expect(widen(type, bits)).toBe(value);
  });

  it('of bfloat16 are the upper halves of float32', () => {
    expect([...widenFloats('bfloat16', new Uint16Array([0x3f80, 0xc020, 0x7f80]))]).toEqual([
      1,
      -2.5,
      infinity,
    ]);
  });
});

describe('narrowFloats', () => {
  it.each([...new Set(known.map(([type]) => type))])('gives back every value of %s', (type) => {
    const count = type === 'float4e2m1' ? 16 : 256;
    for (let bits = 0; bits < count; bits++) {
      const value = widen(type, bits);
      if (Number.isFinite(value)) expect(narrow(type, value), `bits ${bits}`).toBe(bits);
    }
  });

  it.each<[NarrowFloat, number, number, number]>([
    ['float8e4m3fn', 1e6, 0x7e, 0x7f],
    ['float8e4m3fn', -infinity, 0xfe, 0xff],
    ['float8e4m3fnuz', -1e6, 0xff, 0x80],
    ['float8e5m2', 1e6, 0x7b, 0x7c],
    ['float8e5m2', -infinity, 0xfb, 0xfc],
    ['float8e5m2fnuz', infinity, 0x7f, 0x80],
    ['float8e8m0', infinity, 254, 255],
    ['float4e2m1', -100, 15, 15],
  ])('%s of %d saturates, or not', (type, value, largest, beyond) => {
    expect([narrow(type, value), narrow(type, value, false)]).toEqual([largest, beyond]);
  });

  it('rounds halves to the even bits', () => {
    expect([0.25, 0.75, 1.25, 1.75, 2.5, 5].map((value) => narrow('float4e2m1', value))).toEqual([
      0, 2, 2, 4, 4, 6,
    ]);
    const bits = narrowFloats('bfloat16', Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, nan, infinity));
    expect([...bits]).toEqual([0x3f80, 0x3f82, 0x7fc0, 0x7f80]);
  });

  it('keeps a NaN where a type has one, and no zero of a sign where it has none', () => {
    expect(narrow('float8e5m2', nan)).toBe(0x7e);
    expect(narrow('float4e2m1', nan)).toBe(8);
    expect(narrow('float8e4m3fnuz', -1e-9)).toBe(0);
    expect(narrow('float8e4m3fn', -1e-9)).toBe(0x80);
  });

  it.each(['up', 'down', 'nearest'] as const)('chooses a power of two %s', (rounding) => {
    const bits = narrowFloats('float8e8m0', Float32Array.of(1, 1.25, 1.5, 3.9, -1, 0), { rounding });
    const expected = { up: [127, 128, 128, 129], down: [127, 127, 127, 128], nearest: [127, 127, 128, 129] };
    expect([...bits]).toEqual([...expected[rounding], 255, 0]);
  });
});

it('a tensor of plain numbers holds their bits', () => {
  expect([...new Tensor('float8e4m3fn', [1, -448]).data]).toEqual([0x38, 0xfe]);
  expect([...new Tensor('int4', [-8, 7]).data]).toEqual([-8, 7]);
});
