import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64, type Message, node, random, valueInfo } from '../../support/onnx.ts';
import { runModel } from '../../support/run.ts';
import { runNode } from '../../support/run-node.ts';

async function result(only: Message, x: Tensor, constants: Record<string, Tensor> = {}): Promise<Tensor> {
  const isSize = x.type === 'int64';
  const { y } = await runNode(only, isSize ? {} : { x }, { ...(isSize && { x }), ...constants });
  return y!;
}

const close = (tensor: Tensor, expected: readonly number[], digits = 4) => {
  expect(tensor.size).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Number(tensor.data[i])).toBeCloseTo(value, digits);
};

/** Σ x[k] · e^(-2πi·jk/n), as it is written. */
function defined(x: readonly number[], bins = x.length): number[] {
  return Array.from({ length: bins }, (_, j) => {
    const angle = (k: number) => (-2 * Math.PI * j * k) / x.length;
    const sum = (f: (angle: number) => number) => x.reduce((all, value, k) => all + value * f(angle(k)), 0);
    return [sum(Math.cos), sum(Math.sin)];
  }).flat();
}

describe('DFT', () => {
  it.each([1, 2, 3, 7, 8, 12, 30])('of %i values', async (n) => {
    const x = random([1, n, 1], 5);
    close(await result(node('DFT', ['x'], ['y']), x), defined([...x.data]));
    const half = await result(node('DFT', ['x'], ['y'], { onesided: 1 }), x);
    close(half, defined([...x.data], Math.floor(n / 2) + 1));
  });

  it('is undone by its inverse, of real values, too', async () => {
    const x = random([2, 6, 3, 2], 5);
    const nodes = [node('DFT', ['x', '', 'a'], ['f']), node('DFT', ['f', '', 'a'], ['y'], { inverse: 1 })];
    const parts = { inputs: [valueInfo('x', 'float32', x.dims)], outputs: [{ name: 'y' }], opset: 20 };
    const { y } = await runModel({ nodes, ...parts, constants: { a: int64([1], []) } }, { x });
    close(y!, [...x.data]);
    const real = random([1, 5, 1], 5);
    const halves = [
      node('DFT', ['x'], ['f'], { onesided: 1 }),
      node('DFT', ['f', 'n'], ['y'], { onesided: 1, inverse: 1 }),
    ];
    const inputs = [valueInfo('x', 'float32', real.dims)];
    const { y: again } = await runModel(
      { nodes: halves, ...parts, inputs, constants: { n: int64([5], []) } },
      { x: real },
    );
    close(again!, [...real.data]);
  });

  it('pads with zeros, or cuts, to its length', async () => {
    const x = float32([1, 3, 1], [1, 2, 3]);
    const of = (n: number) => result(node('DFT', ['x', 'n'], ['y']), x, { n: int64([n], []) });
    close(await of(4), defined([1, 2, 3, 0]));
    close(await of(2), defined([1, 2]));
  });

  it.each<[string, number[], Parameters<typeof node>[3]]>([
    ['three parts', [1, 4, 3], {}],
    ['complex values and one side', [1, 4, 2], { onesided: 1 }],
    ['real values to be undone to real ones', [1, 4, 1], { onesided: 1, inverse: 1 }],
  ])('refuses %s', async (_what, dims, attributes) => {
    const refused = result(node('DFT', ['x'], ['y'], attributes), float32(dims));
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_SHAPE' }));
  });
});

describe('STFT', () => {
  const w = float32([5], [1, 2, 3, 2, 1]);
  const frames = (x: Tensor, window: readonly number[], bins: number) =>
    [0, 3].flatMap((start) =>
      defined(
        window.map((factor, i) => factor * Number(x.data[start + i])),
        bins,
      ),
    );

  it('is the transform of each windowed frame', async () => {
    const x = random([1, 9, 1], 5);
    const given = { s: int64([3], []), w };
    const expected = frames(x, [...w.data], 3);
    const native = await result(node('STFT', ['x', 's', 'w'], ['y']), x, given);
    expect(native.dims).toEqual([1, 2, 3, 2]);
    close(native, expected);
    const sizes = { s: given.s, n: int64([5], []) };
    close(await result(node('STFT', ['x', 's', '', 'n'], ['y']), x, sizes), frames(x, [1, 1, 1, 1, 1], 3));
  });

  it('agrees in TypeScript, where the window is computed, and of complex values', async () => {
    const [x, s] = [random([2, 9, 2], 5), int64([3], [])];
    const attributes = { onesided: 0 };
    const only = node('STFT', ['x', 's', 'w'], ['y'], attributes);
    const computed = await runNode(only, { x, w }, { s });
    const native = await result(only, x, { s, w });
    close(computed.y!, Array.from(native.data, Number));
  });

  it.each([
    ['a step of 0', { s: int64([0], []), w }],
    ['a frame longer than the signal', { s: int64([1], []), w: float32([10]) }],
  ])('refuses %s', async (_what, constants) => {
    const refused = result(node('STFT', ['x', 's', 'w'], ['y']), float32([1, 9, 1]), constants);
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_MODEL' }));
  });
});

describe('windows', () => {
  it.each<[string, number[]]>([
    ['HannWindow', [0, 0.5, 1, 0.5]],
    ['HammingWindow', [0.0869565, 0.5434783, 1, 0.5434783]],
    ['BlackmanWindow', [0, 0.34, 1, 0.34]],
  ])('%s', async (opType, expected) => {
    close(await result(node(opType, ['x'], ['y']), int64([4], [])), expected);
    const symmetric = await result(node(opType, ['x'], ['y'], { periodic: 0 }), int64([5], []));
    close(symmetric, [...expected, expected[0]!]);
    close(await result(node(opType, ['x'], ['y'], { periodic: 0 }), int64([1], [])), [1]);
  });

  it('are refused with a negative size', async () => {
    const refused = result(node('HannWindow', ['x'], ['y']), int64([-4], []));
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_MODEL' }));
  });
});

it('MelWeightMatrix has a triangle for each band', async () => {
  const constants = {
    length: int64([16], []),
    rate: int64([8192], []),
    low: new Tensor('float32', [0], []),
    high: new Tensor('float32', [4096], []),
  };
  const nodes = ['x', 'length', 'rate', 'low', 'high'];
  const y = await result(node('MelWeightMatrix', nodes, ['y']), int64([8], []), constants);
  expect(y.dims).toEqual([9, 8]);
  const columns = Array.from({ length: 8 }, (_, band) =>
    Array.from({ length: 9 }, (_, bin) => Number(y.data[bin * 8 + band])),
  );
  expect(columns[0]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(columns[7]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0]);
});
