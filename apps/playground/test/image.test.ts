import { describe, expect, it } from 'vitest';
import { largestDifference } from '../src/difference.ts';
import { dimsOf, imageInput } from '../src/image/input.ts';
import { type Output, summaryOf, viewOf } from '../src/image/output.ts';
import { valuesOf } from '../src/image/values.ts';
import { zeroMap } from '../src/zero-map.ts';

const metadata = (shape: readonly (number | string)[], type = 'float32') =>
  ({ name: 'x', isTensor: true, type: type as 'float32', shape }) as const;

describe('the input of a network', () => {
  it.each([
    [[1, 3, 20, 30], { layout: 'NCHW', channels: 3, height: 20, width: 30 }],
    [['N', 1, 'H', 'W'], { layout: 'NCHW', channels: 1, height: undefined, width: undefined }],
    [['', '', '', ''], { layout: 'NCHW', channels: 3, height: undefined, width: undefined }],
    [['', 20, 30, 3], { layout: 'NHWC', channels: 3, height: 20, width: 30 }],
    [[1, 'H', 'W', 1], { layout: 'NHWC', channels: 1, height: undefined, width: undefined }],
  ] as const)('%j is an image', (shape, expected) => {
    expect(imageInput([metadata(shape)])).toMatchObject(expected);
  });

  it.each([
    [[], /takes no input/],
    [
      [metadata([1, 3, 8, 8]), metadata([1])],
      /takes 2 inputs \(x: float32 \[1, 3, 8, 8\]; x: float32 \[1\]\)/,
    ],
    [[metadata([1, 16])], /four dimensions/],
    [[metadata([1, 4, 8, 8])], /one or three channels/],
    [[metadata([2, 3, 8, 8])], /one image at a time/],
    [[metadata([1, 3, 8, 8], 'int64')], /float32, float16, uint8/],
  ])('%j is none', (inputs, reason) => {
    expect(imageInput(inputs)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  it('has its values by channel or by pixel', () => {
    const rgba = Uint8ClampedArray.of(0, 51, 102, 255, 153, 204, 255, 255);
    const of = (layout: 'NCHW' | 'NHWC', channels: 1 | 3) =>
      Array.from(valuesOf(rgba, { layout, channels }, 'unit'), (value) => Number(value.toFixed(3)));
    expect(of('NCHW', 3)).toEqual([0, 0.6, 0.2, 0.8, 0.4, 1]);
    expect(of('NHWC', 3)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(of('NHWC', 1)).toEqual([0.163, 0.763]);
    const open = { name: 'x', type: 'float32', channels: 3, height: undefined, width: undefined } as const;
    expect(dimsOf({ ...open, layout: 'NHWC' }, { height: 1, width: 2 })).toEqual([1, 1, 2, 3]);
  });
});

const output = (dims: readonly number[], values: readonly number[]): Output => ({
  name: 'y',
  type: 'float32',
  dims,
  values,
});
const view = (dims: readonly number[], values: readonly number[]) => {
  const given = output(dims, values);
  return viewOf(given, summaryOf(given), { height: 2, width: 2 });
};

describe('an output', () => {
  it('of one channel is a map, in the usual range that it fits or its own', () => {
    const expected = { kind: 'map', height: 2, width: 2, range: [0, 1] };
    for (const dims of [
      [1, 1, 2, 2],
      [1, 2, 2, 1],
      [1, 2, 2],
    ]) {
      const shown = view(dims, [0, 0.5, 1, 1.05]);
      expect(shown).toMatchObject(expected);
      expect(shown).toHaveProperty('values', Uint8ClampedArray.of(0, 128, 255, 255));
    }
    expect(view([1, 1, 2, 2], [-8, 0, 1, 2])).toMatchObject({ range: [-8, 2] });
    expect(view([1, 1, 2, 2], [1, 1, 1, 1])).toMatchObject({ range: [0, 1] });
    expect(view([1, 1, 2, 2], [-3, 0, 99, 260])).toMatchObject({ range: [0, 255] });
  });

  it('of three channels is an image', () => {
    const first = view([1, 3, 1, 2], [-1, 1, 0, 0, 1, 1]);
    expect(first).toMatchObject({ kind: 'image', height: 1, width: 2, range: [-1, 1] });
    expect(first).toHaveProperty('rgba', Uint8ClampedArray.of(0, 128, 255, 255, 255, 128, 255, 255));
    expect(view([1, 1, 2, 3], [0, 0, 255, 255, 0, 0])).toMatchObject({ kind: 'image', range: [0, 255] });
  });

  it('of one dimension has classes, after softmax unless they sum to 1', () => {
    const scores = [
      { index: 1, score: 0.75 },
      { index: 0, score: 0.25 },
    ];
    expect(view([1, 2], [0.25, 0.75])).toEqual({ kind: 'scores', scores, classes: 2, isSoftmax: false });
    const logits = view([1, 7, 1, 1], [0, 1, 2, 3, 4, 5, 600]);
    expect(logits).toMatchObject({
      classes: 7,
      isSoftmax: true,
      scores: { 0: { index: 6, score: 1 }, length: 5 },
    });
  });

  it.each([[[1, 4, 2, 2]], [[1, 8, 84]], [[2, 1, 2, 2]], [[]]])('of dims %j has figures only', (dims) => {
    const size = dims.reduce((a, b) => a * b, 1);
    expect(view(dims, new Array(size).fill(0))).toBeUndefined();
  });
});

it('a map of zeros has the share of channels that are zero, averaged where it is large', () => {
  const data = Float32Array.of(0, 1, 2, 3, 0, 0, 4, -0);
  expect(zeroMap(data, [1, 2, 2, 2])).toEqual({
    height: 2,
    width: 2,
    shares: Uint8Array.of(255, 128, 0, 128),
  });
  const wide = zeroMap(new Float32Array(300), [1, 1, 1, 300]);
  expect(wide).toEqual({ height: 1, width: 100, shares: new Uint8Array(100).fill(255) });
});

it('the difference of two results is relative to the largest value, whatever their types', () => {
  const float32 = (...values: number[]) => ({ y: { type: 'float32', data: Float32Array.from(values) } });
  expect(largestDifference(float32(1, 3), float32(1, 4))).toBe(0.25);
  expect(largestDifference(float32(1), float32(1, 4))).toBe(Number.POSITIVE_INFINITY);
  expect(largestDifference({}, float32(1))).toBe(Number.POSITIVE_INFINITY);
  const int64 = (...values: bigint[]) => ({ y: { type: 'int64', data: BigInt64Array.from(values) } });
  expect(largestDifference(int64(1n, 3n), int64(2n, 3n))).toBeCloseTo(1 / 3);
  // 1 and 2 in 16 bits.
  const float16 = (...bits: number[]) => ({ y: { type: 'float16', data: Uint16Array.from(bits) } });
  expect(largestDifference(float16(0x3c00), float16(0x4000))).toBe(0.5);
});
