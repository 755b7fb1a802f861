import { convSpec, Tensor } from '@zeroskip/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import {
  activations,
  type BinaryFunction,
  binaryFunctions,
  definitionOf,
  elementwiseLimits,
  type UnaryFunction,
  unaryFunctions,
} from '../../src/elementwise.ts';
import {
  algorithms,
  Convolution,
  convolve,
  denseView,
  refusal,
  selectTarget,
  targets,
} from '../../src/index.ts';
import { loadAddon } from '../../src/load-addon.ts';
import { elementwise, runStep } from './run-step.ts';

const supported = targets().filter((target) => target.supported);
const best = supported.at(-1)!.name;
afterAll(() => selectTarget(best));

const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-45, -1e-40, 3e38];
/** Where exponentials overflow or vanish, and where logarithms do. */
const edges = [88.7, 88.73, 104, 200, -87.5, -103, -105, -200, 1.1e-38, 0.999999, 1.000001];
const xs = Float32Array.from([
  ...specials,
  ...edges,
  ...Array.from({ length: 401 }, (_, i) => (i - 200) / 16),
]);
/** Powers of two: no sum of the definition is rounded. */
const parameters = { alpha: 0.25, beta: 0.5 };
/** What these subtract, or take to a power, leaves a rounding error of the operands. */
const CANCELLATION = 2 ** -21;
const cancels = new Set<string>(['hardSwish', 'geluTanh', 'add', 'sub']);

function expectNear(what: string, received: number, exact: number): void {
  const expected = Math.fround(exact);
  if (Object.is(received, expected) || received === expected) return;
  const bound = 1e-38 + 1e-6 * Math.abs(expected) + (cancels.has(what.split('(')[0]!) ? CANCELLATION : 0);
  expect(Math.abs(received - expected), `${what} is ${received}, not ${expected}`).toBeLessThanOrEqual(bound);
}

it('has a definition of every native function, in the order of the native list', () => {
  expect(loadAddon().functions()).toEqual({
    unary: ['none', ...Object.keys(unaryFunctions)],
    activations: Object.keys(activations),
    binary: Object.keys(binaryFunctions),
    limits: elementwiseLimits,
  });
});

describe.each(supported.map(({ name }) => name))('on %s', (target) => {
  it.each(Object.keys(unaryFunctions) as UnaryFunction[])('%s is what its definition says', async (name) => {
    selectTarget(target);
    const [input, output] = [0, xs.length].map((offset) => denseView(offset, 1, 1, 1, xs.length));
    const step = elementwise([input!], [{ function: name, a: 0, ...parameters }], output!);
    const f = definitionOf({ name, ...parameters });
    for (const [i, y] of (await runStep(step, xs, output!)).entries()) {
      expectNear(`${name}(${xs[i]})`, y, f(xs[i]!));
    }
  });

  it.each(Object.keys(binaryFunctions) as BinaryFunction[])(
    '%s is what its definition says',
    async (name) => {
      selectTarget(target);
      const size = xs.length;
      const views = [0, 1, 2].map((i) => denseView(i * size, 1, 1, 1, size));
      const [a, b, output] = views as [(typeof views)[0], (typeof views)[0], (typeof views)[0]];
      const step = elementwise([a, b], [{ function: name, a: 0, b: 1 }], output);
      for (let turn = 1; turn < size; turn += 37) {
        const ys = xs.map((_, i) => xs[(i * 7 + turn) % size]!);
        const arena = new Float32Array(2 * size);
        arena.set(xs);
        arena.set(ys, size);
        for (const [i, z] of (await runStep(step, arena, output)).entries()) {
          expectNear(`${name}(${xs[i]}, ${ys[i]})`, z, binaryFunctions[name](xs[i]!, ys[i]!));
        }
      }
    },
  );

  it.each([1, 2, 3, 4, 5, 17])(
    '%i channels of wider pixels are read and written where they lie',
    async (c) => {
      selectTarget(target);
      const [pixels, stride] = [301, 19];
      const values = Float32Array.from({ length: 2 * pixels * stride }, (_, i) => i);
      const view = (offset: number) => ({ ...denseView(offset, 1, 1, pixels, c), pixelStride: stride });
      const [input, output] = [view(1), view(pixels * stride + 2)];
      const inputs = Array.from({ length: pixels * c }, (_, i) => 1 + Math.floor(i / c) * stride + (i % c));
      expect(await runStep(elementwise([input], [], output), values, output)).toEqual(inputs);
      const negated = elementwise([input], [{ function: 'neg', a: 0 }], output);
      expect(await runStep(negated, values, output)).toEqual(inputs.map((value) => -value));
    },
  );

  it.each(Object.keys(activations) as (keyof typeof activations)[])(
    '%s after a convolution is what its definition says, with every algorithm',
    async (name) => {
      selectTarget(target);
      const spec = convSpec({ inChannels: 2, outChannels: 2, kernel: [1, 1] });
      const finite = xs.filter((x) => Number.isFinite(x) && Math.abs(x) < 1e38);
      const input = new Tensor('float32', Float32Array.of(...finite, ...finite), [1, 2, 1, finite.length]);
      const f = definitionOf({ name, ...parameters });
      for (const { id } of algorithms()) {
        if (refusal(id, spec, [1, finite.length]) !== undefined) continue;
        using convolution = new Convolution(spec, Float32Array.of(1, 0, 0, 1), undefined, {
          algorithm: id,
          activation: { name, ...parameters },
        });
        const { data } = await convolve(input, convolution, { threads: 1 });
        for (const [i, y] of data.entries()) {
          expectNear(`${name}(${input.data[i]}) of ${id}`, y, f(input.data[i]!));
        }
      }
    },
  );
});
