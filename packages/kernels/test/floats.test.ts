import { float16ToFloat32 } from '@zeroskip/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectTarget, targets, weightsFitAll, widenFloat16 } from '../src/index.ts';

const supported = targets().filter((target) => target.supported);
const best = targets().find((target) => target.selected)!.name;
afterAll(() => selectTarget(best));

/** JavaScript makes signalling NaNs quiet. */
const QUIET = 0x400000;
const bitsOf = (values: Float32Array) =>
  new Uint32Array(values.buffer).map((bits, i) => (Number.isNaN(values[i]) ? bits | QUIET : bits));

describe.each(supported.map(({ name }) => name))('on %s', (target) => {
  beforeAll(() => selectTarget(target));

  it('widens every half, at every place of a vector', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const expected = bitsOf(float16ToFloat32(halves));
    for (const count of [65536, 65533, 65521]) {
      const from = 65536 - count;
      const out = widenFloat16(halves.subarray(from), new Float32Array(count));
      expect(bitsOf(out)).toEqual(expected.slice(from));
    }
  });

  it('finds the one weight that is too large, or none', () => {
    for (const length of [1, 7, 16, 63, 4096, 9001]) {
      const weights = new Float32Array(length).fill(-1);
      expect(weightsFitAll(weights)).toBe(true);
      for (const at of [0, length >> 1, length - 1]) {
        for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 101])
          expect(weightsFitAll(weights.with(at, bad))).toBe(false);
        expect(weightsFitAll(weights.with(at, 2 ** 100))).toBe(true);
      }
    }
  });
});

it('widens nothing to nothing, and refuses arrays of other kinds and lengths', () => {
  expect(widenFloat16(new Uint16Array(0), new Float32Array(0))).toHaveLength(0);
  expect(() => widenFloat16(new Uint16Array(2), new Float32Array(3))).toThrow(
    'Expected 2 for the length of out, received 3.',
  );
  expect(() => widenFloat16(new Int16Array(2) as never, new Float32Array(2))).toThrow('for halves');
});
