import { afterAll, describe, expect, it } from 'vitest';
import { binaryFunctions, definitionOf, type UnaryFunction } from '../../src/elementwise.ts';
import {
  denseView,
  type ElementwiseInstruction,
  elementwiseLimits,
  selectTarget,
  targets,
  type View,
} from '../../src/index.ts';
import { elementwise, runStep } from './run-step.ts';

const supported = targets().filter((target) => target.supported);
afterAll(() => selectTarget(supported.at(-1)!.name));

type Dims = readonly [n: number, h: number, w: number, c: number];
const whole = (dims: Dims): Dims => dims;

/** One value per instruction more; the sum of all but for what the code multiplies. */
const code: ElementwiseInstruction[] = [
  { function: 'add', a: 0, b: 1 },
  { function: 'clip', a: 3, alpha: -2, beta: 6 },
  { function: 'mul', a: 4, b: 0 },
  { function: 'sub', a: 2, b: 5 },
  { function: 'add', a: 6, b: 3 },
];

/** Views one after the other, `gap` floats between pixels, filled with small whole numbers: every result is exact. */
function arena(shapes: readonly Dims[], gap: number): { views: View[]; values: Float32Array } {
  let offset = 0;
  const views = shapes.map(([n, h, w, c]) => {
    const view = { ...denseView(offset, n, h, w, c), pixelStride: c + gap };
    offset += n * h * w * (c + gap);
    return view;
  });
  return { views, values: Float32Array.from({ length: offset }, (_, i) => ((i * 7919) % 19) - 9) };
}

function expected(views: readonly View[], output: View, values: Float32Array): number[] {
  const results: number[] = [];
  for (let n = 0; n < output.n; n++) {
    for (let y = 0; y < output.h; y++) {
      for (let x = 0; x < output.w; x++) {
        for (let c = 0; c < output.c; c++) {
          const all = views.map((v) => {
            const pixel = ((v.n === 1 ? 0 : n) * v.h + (v.h === 1 ? 0 : y)) * v.w + (v.w === 1 ? 0 : x);
            return values[v.offset + pixel * v.pixelStride + (v.c === 1 ? 0 : c)]!;
          });
          for (const { function: name, a, b, alpha, beta } of code) {
            const next =
              b === undefined
                ? definitionOf({ name: name as UnaryFunction, alpha: alpha!, beta: beta! })(all[a]!)
                : binaryFunctions[name as keyof typeof binaryFunctions](all[a]!, all[b]!);
            all.push(next);
          }
          results.push(all.at(-1)! + 0);
        }
      }
    }
  }
  return results;
}

const outputs: Dims[] = [
  [1, 1, 1, 1],
  [1, 1, 1, 5000],
  [2, 3, 5, 1],
  [1, 40, 40, 1],
  [2, 3, 5, 3],
  [1, 9, 31, 16],
  [2, 5, 3, 17],
  [1, 2, 3, 300],
  [1, 3, 2, 2100],
];
const broadcasts: [string, (dims: Dims) => Dims][] = [
  ['the same dims', whole],
  ['one value', () => [1, 1, 1, 1]],
  ['a value per channel', ([, , , c]) => [1, 1, 1, c]],
  ['a value per pixel', ([n, h, w]) => [n, h, w, 1]],
  ['a value per row', ([, h]) => [1, h, 1, 1]],
  ['a value per column and channel', ([, , w, c]) => [1, 1, w, c]],
  ['a vector per image', ([n, , , c]) => [n, 1, 1, c]],
];

describe.each(supported.map(({ name }) => name))('element-wise steps on %s', (target) => {
  it.each(broadcasts)('combine inputs of whose second has %s', async (_what, shape) => {
    selectTarget(target);
    for (const output of outputs) {
      for (const gap of [0, 3]) {
        for (const turned of [false, true]) {
          const shapes = turned ? [shape(output), output, shape(output)] : [output, shape(output), output];
          const { views, values } = arena([...shapes, output], gap);
          const result = await runStep(elementwise(views.slice(0, 3), code, views[3]!), values, views[3]!);
          expect(
            result.map((y) => y + 0),
            `${output} with gaps of ${gap}`,
          ).toEqual(expected(views.slice(0, 3), views[3]!, values));
        }
      }
    }
  });

  it('copy the first input, broadcast, without instructions', async () => {
    selectTarget(target);
    const { views, values } = arena(
      [
        [1, 1, 5, 3],
        [2, 4, 5, 3],
      ],
      2,
    );
    const row = Array.from({ length: 5 }, (_, x) => [0, 1, 2].map((c) => values[x * 5 + c]!)).flat();
    const result = await runStep(elementwise([views[0]!], [], views[1]!), values, views[1]!);
    expect(result).toEqual(Array.from({ length: 8 }, () => row).flat());
  });

  it('take as many inputs and instructions as they may', async () => {
    selectTarget(target);
    const { inputs, instructions } = elementwiseLimits;
    const dims: Dims = [1, 7, 11, 13];
    const { views, values } = arena(new Array<Dims>(inputs + 1).fill(dims), 0);
    // Sums of neighbours, all kept until the second half adds them up.
    const pairs = Array.from({ length: instructions / 2 }, (_, i) => ({
      function: 'add' as const,
      a: i % inputs,
      b: (i + 1) % inputs,
    }));
    const sums = pairs.map((_, i) => ({
      function: 'add' as const,
      a: i === 0 ? inputs : inputs + pairs.length + i - 1,
      b: inputs + i,
    }));
    const step = elementwise(views.slice(0, inputs), [...pairs, ...sums], views[inputs]!);
    const size = 7 * 11 * 13;
    const exact = Array.from({ length: size }, (_, at) => {
      const of = (k: number) => values[k * size + at]!;
      const all = pairs.map(({ a, b }) => of(a) + of(b));
      return all.reduce((sum, value) => sum + value, all[0]!);
    });
    expect(await runStep(step, values, views[inputs]!)).toEqual(exact);
  });
});
