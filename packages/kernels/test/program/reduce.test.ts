import { afterAll, describe, expect, it } from 'vitest';
import { denseView, type Reduction, selectTarget, targets, type View } from '../../src/index.ts';
import { runStep } from './run-step.ts';

const supported = targets().filter((target) => target.supported);
afterAll(() => selectTarget(supported.at(-1)!.name));

type Sizes = readonly [n: number, h: number, w: number, c: number];

type Joining = 'sum' | 'mean' | 'product' | 'max' | 'min';

const combine: Record<Joining, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  mean: (a, b) => a + b,
  product: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};
const start: Record<Joining, number> = {
  sum: 0,
  mean: 0,
  product: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

const isBetter: Record<Exclude<Reduction, Joining>, (a: number, b: number) => boolean> = {
  argMax: (a, b) => a > b,
  argMin: (a, b) => a < b,
  lastArgMax: (a, b) => a >= b,
  lastArgMin: (a, b) => a <= b,
};

/** The inputs of each element of the output, in order. */
function reducedInputs(sizes: Sizes, left: Sizes, input: View): number[][] {
  const [n, h, w, c] = sizes;
  const inputs: number[][] = Array.from({ length: left.reduce((a, b) => a * b, 1) }, () => []);
  for (let at = 0; at < n * h * w * c; at++) {
    const index = [
      Math.floor(at / (c * w * h)),
      Math.floor(at / (c * w)) % h,
      Math.floor(at / c) % w,
      at % c,
    ];
    const strides = [input.imageStride!, input.rowStride!, input.pixelStride, 1];
    const from = index.reduce((sum, i, axis) => sum + i * strides[axis]!, input.offset);
    const to = index.reduce((sum, i, axis) => sum * left[axis]! + (left[axis] === 1 ? 0 : i), 0);
    inputs[to]!.push(from);
  }
  return inputs;
}

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

/** A map with gaps, and a dense one behind it. */
function maps([n, h, w, c]: Sizes, left: Sizes): [View, View] {
  const [pixelStride, rowStride] = [c + 1, w * (c + 1) + 2];
  const input = { ...denseView(3, n, h, w, c), pixelStride, rowStride, imageStride: h * rowStride + 3 };
  return [input, denseView(3 + n * input.imageStride, ...left)];
}

describe.each(supported.map(({ name }) => name))('reductions on %s', (target) => {
  it.each(cases)('of %j to %j', async (sizes, left) => {
    selectTarget(target);
    const [input, output] = maps(sizes, left);
    const inputs = reducedInputs(sizes, left, input);
    // Powers of two and small whole numbers: every sum and product is exact.
    for (const kind of Object.keys(combine) as Joining[]) {
      const value = (i: number) => (kind === 'product' ? 2 ** ((i % 3) - 1) : ((i * 7919) % 13) - 6);
      const values = Float32Array.from({ length: output.offset }, (_, i) => value(i));
      const expected = inputs.map((from) => {
        const joined = from.reduce((sum, i) => combine[kind](sum, values[i]!), start[kind]);
        return kind === 'mean' ? Math.fround(joined / from.length) : joined;
      });
      expect(await runStep({ op: 'reduce', kind, input, output }, values, output)).toEqual(expected);
    }
  });

  it.each(cases)('of %j to %j find the first or last best one', async (sizes, left) => {
    selectTarget(target);
    const [input, output] = maps(sizes, left);
    const inputs = reducedInputs(sizes, left, input);
    const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const ofValues: readonly ((i: number) => number)[] = [
      (i) => ((i * 7919) % 13) - 6,
      (i) => infinite[(i * 7919) % 2]!,
      () => infinite[0]!,
      () => infinite[1]!,
      (i) => (i % 3 === 1 ? Number.NaN : i % 5),
    ];
    for (const [kind, better] of Object.entries(isBetter)) {
      for (const value of ofValues) {
        const values = Float32Array.from({ length: output.offset }, (_, i) => value(i));
        const expected = inputs.map((from) =>
          from.reduce((best, i, at) => (better(values[i]!, values[from[best]!]!) ? at : best), 0),
        );
        const step = { op: 'reduce', kind: kind as Reduction, input, output } as const;
        expect(await runStep(step, values, output)).toEqual(expected);
      }
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
