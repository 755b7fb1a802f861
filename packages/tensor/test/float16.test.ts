import { describe, expect, it } from 'vitest';
import { float16ToFloat32, float32ToFloat16 } from '../src/index.ts';

const EVERY_HALF = Uint16Array.from({ length: 65536 }, (_, half) => half);

/** binary16 by its definition: (-1)^s · 2^(e-15) · 1.f, or 2^-14 · 0.f for e = 0. */
function byDefinition(half: number): number {
  const sign = half >> 15 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = (half & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? 2 ** -14 * fraction : 2 ** (exponent - 15) * (1 + fraction));
}

function toHalf(value: number): number {
  return float32ToFloat16(Float32Array.of(value))[0]!;
}

describe('float16ToFloat32', () => {
  it('widens all 65536 bit patterns exactly', () => {
    const widened = float16ToFloat32(EVERY_HALF);
    for (const half of EVERY_HALF) {
      if (!Object.is(widened[half], byDefinition(half)))
        expect(widened[half], `half ${half}`).toBe(byDefinition(half));
    }
  });

  it('takes an empty array', () => {
    expect(float16ToFloat32(new Uint16Array(0))).toEqual(new Float32Array(0));
    const out = new Float32Array(2);
    expect(float16ToFloat32(Uint16Array.of(0x3c00, 0xc000), out)).toBe(out);
    expect([...out]).toEqual([1, -2]);
    expect(() => float16ToFloat32(new Uint16Array(3), out)).toThrow('Expected 3 for the length of the array');
  });
});

describe('float32ToFloat16', () => {
  it('gives back all 65536 bit patterns, any NaN as a quiet NaN of the same sign or not', () => {
    const narrowed = float32ToFloat16(float16ToFloat32(EVERY_HALF));
    for (const half of EVERY_HALF) {
      const notANumber = (half & 0x7fff) > 0x7c00;
      const same = notANumber ? (narrowed[half]! & 0x7fff) === 0x7e00 : narrowed[half] === half;
      if (!same) expect(narrowed[half], `half ${half}`).toBe(half);
    }
  });

  it('rounds to the nearest, and ties to even, between any two finite neighbours', () => {
    const after = (value: number, towards: number) => {
      const bits = new Int32Array(Float32Array.of(value).buffer);
      bits[0]! += towards;
      return new Float32Array(bits.buffer)[0]!;
    };
    for (let half = 0; half < 0x7bff; half++) {
      const middle = (byDefinition(half) + byDefinition(half + 1)) / 2;
      const even = half % 2 === 0 ? half : half + 1;
      const got = [middle, after(middle, -1), after(middle, 1), -middle].map(toHalf);
      const want = [even, half, half + 1, even | 0x8000];
      if (got.join() !== want.join()) expect(got, `above half ${half}`).toEqual(want);
    }
  });

  it('overflows to an infinity from half way past the largest half', () => {
    expect(toHalf(65504)).toBe(0x7bff);
    expect(toHalf(65519.99609375)).toBe(0x7bff);
    expect(toHalf(65520)).toBe(0x7c00);
    expect(toHalf(-1e30)).toBe(0xfc00);
    expect(toHalf(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
  });

  it('underflows to a zero of the same sign, also from float32 denormals', () => {
    expect(toHalf(2 ** -25)).toBe(0);
    expect(toHalf(-(2 ** -26))).toBe(0x8000);
    expect(toHalf(2 ** -149)).toBe(0);
    expect(toHalf(-0)).toBe(0x8000);
  });

  it('never turns a NaN into an infinity, whatever its payload', () => {
    const payloads = new Float32Array(Int32Array.of(0x7f800001, 0x7fffffff, 0x7fc00000).buffer);
    for (const half of float32ToFloat16(payloads)) expect(half & 0x7fff).toBe(0x7e00);
  });
});
