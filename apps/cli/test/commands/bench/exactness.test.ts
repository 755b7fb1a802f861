import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { InferenceSession, type LayerProbe } from '@zeroskip/runner';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { measureExactness } from '../../../src/commands/bench/exactness.ts';

/** Conv 3×3 in two groups, and the same again, with a residual sum and a ReLU after it. */
const residual = onnxModel({
  inputs: [valueInfo('x', 'float32', [2, 8, 7, 9])],
  outputs: [valueInfo('y', 'float32', [2, 8, 7, 9])],
  constants: {
    w1: new Tensor('float32', sparseValues(8 * 36, 1, 1), [8, 4, 3, 3]),
    w2: new Tensor('float32', sparseValues(8 * 36, 1, 2), [8, 4, 3, 3]),
    b: new Tensor('float32', sparseValues(8, 1, 3)),
  },
  nodes: [
    node('Conv', ['x', 'w1', 'b'], ['c1'], { pads: [1, 1, 1, 1], group: 2 }, 'first'),
    node('Relu', ['c1'], ['r1'], {}, 'relu'),
    node('Conv', ['r1', 'w2', 'b'], ['c2'], { pads: [2, 2, 2, 2], dilations: [2, 2], group: 2 }, 'second'),
    node('Add', ['c2', 'r1'], ['s'], {}, 'add'),
    node('Relu', ['s'], ['y'], {}, 'last'),
  ],
});
const input = new Tensor('float32', sparseValues(2 * 8 * 63, 0.5, 4), [2, 8, 7, 9]);
const configs = (algorithm: string) =>
  new Map(['first', 'second'].map((name) => [name, { algorithm }] as const));

describe('measureExactness', () => {
  it.each(['reference', 'im2col', 'cps'])(
    'finds %s within the bound, sums and groups included',
    async (id) => {
      await using session = await InferenceSession.create(residual);
      const found = await measureExactness(session, input, configs(id), () => {});
      expect([...found.keys()]).toEqual(['first', 'second']);
      for (const { ofBound } of found.values()) expect(ofBound).toBeLessThanOrEqual(1);
    },
  );

  it.each([
    ['a value that is a little off', (values: Float32Array) => values.map((value) => value * 1.0001 + 1e-4)],
    ['a value that is no number', (values: Float32Array) => values.fill(Number.NaN, 0, 1)],
  ])('finds %s beyond it', async (_, spoil) => {
    await using session = await InferenceSession.create(residual);
    const spoilt = {
      inputNames: session.inputNames,
      probe: (feeds: object, visit: (layer: LayerProbe) => void | Promise<void>) =>
        session.probe(feeds as Parameters<InferenceSession['probe']>[0], (layer) => {
          const changed: LayerProbe = Object.create(layer, {
            ...Object.fromEntries(
              (['name', 'spec', 'inputDims', 'weights', 'bias', 'activation'] as const).map((key) => [
                key,
                { get: () => layer[key] },
              ]),
            ),
            readInput: { value: () => layer.readInput() },
            readAddend: { value: () => layer.readAddend() },
            compute: { value: async () => spoil(await layer.compute({ algorithm: 'im2col' })) },
          });
          return visit(changed);
        }),
    } as unknown as InferenceSession;
    const found = await measureExactness(spoilt, input, configs('im2col'), () => {});
    for (const { ofBound } of found.values()) expect(ofBound).toBeGreaterThan(1);
  });
});
