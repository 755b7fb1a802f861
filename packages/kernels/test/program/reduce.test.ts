import { afterAll, describe, expect, it } from 'vitest';
import { denseView, type Reduction, selectTarget, targets } from '../../src/index.ts';
import { runStep } from './run-step.ts';

const supported = targets().filter((target) => target.supported);
afterAll(() => selectTarget(supported.at(-1)!.name));

type Sizes = readonly [n: number, h: number, w: number, c: number];

const combine: Record<Reduction, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  mean: (a, b) => a + b,
  product: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};
const start: Record<Reduction, number> = {
  sum: 0,
  mean: 0,
  product: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

/** Of a map with gaps, and what is left of it. */
const cases: readonly (readonly [Sizes, Sizes])[] = [
  [
    [2, 3, 4, 5],
    [2, 1, 1, 5],
  ],
  [
    [2, 3, 4, 70],
    [2, 3, 4, 1],
  ],
  [
    [1, 5, 7, 130],
    [1, 5, 1, 130],
  ],
  [
    [3, 2, 2, 33],
    [1, 2, 2, 33],
  ],
  [
    [2, 3, 2, 9],
    [1, 1, 1, 1],
  ],
  [
    [2, 3, 2, 9],
    [2, 3, 2, 9],
  ],
  [
    [1, 1, 200, 3],
    [1, 1, 200, 1],
  ],
];

describe.each(supported.map(({ name }) => name))('reductions on %s', (target) => {
  it.each(cases)('of %j to %j', async (sizes, left) => {
    selectTarget(target);
    const [n, h, w, c] = sizes;
    const [pixelStride, rowStride] = [c + 1, w * (c + 1) + 2];
    const input = { ...denseView(3, n, h, w, c), pixelStride, rowStride, imageStride: h * rowStride + 3 };
    const output = denseView(3 + n * input.imageStride, ...left);
    // Powers of two and small whole numbers: every sum and product is exact.
    for (const kind of Object.keys(combine) as Reduction[]) {
      const value = (i: number) => (kind === 'product' ? 2 ** ((i % 3) - 1) : ((i * 7919) % 13) - 6);
      const values = Float32Array.from({ length: output.offset }, (_, i) => value(i));
      const expected = new Array<number>(left.reduce((a, b) => a * b, 1)).fill(start[kind]);
      for (let at = 0; at < n * h * w * c; at++) {
        const index = [
          Math.floor(at / (c * w * h)),
          Math.floor(at / (c * w)) % h,
          Math.floor(at / c) % w,
          at % c,
        ];
        const from =
          input.offset +
          index[0]! * input.imageStride +
          index[1]! * rowStride +
          index[2]! * pixelStride +
          index[3]!;
        const to = index.reduce((sum, i, axis) => sum * left[axis]! + (left[axis] === 1 ? 0 : i), 0);
        expected[to] = combine[kind](expected[to]!, values[from]!);
      }
      const count = (n * h * w * c) / expected.length;
      const divided = kind === 'mean' ? expected.map((sum) => Math.fround(sum / count)) : expected;
      expect(await runStep({ op: 'reduce', kind, input, output }, values, output)).toEqual(divided);
    }
  });

  it('keep a NaN', async () => {
    selectTarget(target);
    const values = Float32Array.from({ length: 40 }, (_, i) => (i === 21 ? Number.NaN : i));
    const output = denseView(40, 1, 1, 2, 1);
    for (const kind of ['sum', 'max', 'min'] as const) {
      const [first, second] = await runStep(
        { op: 'reduce', kind, input: denseView(0, 1, 1, 2, 20), output },
        values,
        output,
      );
      expect(first).not.toBeNaN();
      expect(second).toBeNaN();
    }
  });
});
