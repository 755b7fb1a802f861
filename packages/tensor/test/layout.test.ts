import { describe, expect, it } from 'vitest';
import { type Layout, repack } from '../src/index.ts';

const shape = { n: 2, c: 3, h: 2, w: 4 };
const size = 48;
const channelsFirst = Float32Array.from({ length: size }, (_, i) => i);

describe('repack', () => {
  it('moves element (n, c, y, x) to ((n·h + y)·w + x)·c', () => {
    const channelsLast = new Float32Array(size);
    repack(channelsFirst, channelsLast, shape, 'NHWC');
    for (let n = 0; n < 2; n++) {
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < 2; y++) {
          for (let x = 0; x < 4; x++) {
            expect(channelsLast[((n * 2 + y) * 4 + x) * 3 + c]).toBe(((n * 3 + c) * 2 + y) * 4 + x);
          }
        }
      }
    }
  });

  it('is undone by the other layout', () => {
    const there = new Float32Array(size);
    const back = new Float32Array(size);
    repack(channelsFirst, there, shape, 'NHWC');
    repack(there, back, shape, 'NCHW');
    expect(back).toEqual(channelsFirst);
  });

  it.each([
    { n: 1, c: 1, h: 3, w: 5 },
    { n: 1, c: 7, h: 1, w: 1 },
  ])('copies $n×$c×$h×$w as it is', (plain) => {
    const from = Float32Array.from({ length: plain.c * plain.h * plain.w }, (_, i) => i);
    const to = new Float32Array(from.length);
    repack(from, to, plain, 'NHWC');
    expect(to).toEqual(from);
  });

  it('takes an empty map', () => {
    expect(() => repack([], [], { n: 0, c: 3, h: 2, w: 2 }, 'NHWC')).not.toThrow();
  });

  it('refuses arrays of another length', () => {
    expect(() => repack(channelsFirst, new Float32Array(size - 1), shape, 'NHWC')).toThrow(
      'Expected 48 values for to, received 47.',
    );
    expect(() => repack(new Float32Array(size + 1), channelsFirst, shape, 'NCHW')).toThrow(
      'Expected 48 values for from, received 49.',
    );
  });

  it('refuses an unknown layout', () => {
    expect(() => repack(channelsFirst, new Float32Array(size), shape, 'NCWH' as Layout)).toThrow(
      'Expected NCHW or NHWC for layout, received "NCWH".',
    );
  });
});
