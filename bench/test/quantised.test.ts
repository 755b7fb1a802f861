import { InferenceSession, Tensor } from '@zeroskip/runner';
import * as onnxruntime from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { type FloatNetwork, foldNormalizations } from '../src/quantised/network.ts';
import { writeModel } from '../src/quantised/quantise.ts';
import { readNetwork } from '../src/quantised/read-model.ts';

const values = (size: number, seed: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + seed) + 0.2 * Math.cos(i * 0.31 * seed));

const tensor = (dims: number[], seed: number) =>
  new Tensor(
    'float32',
    values(
      dims.reduce((size, dim) => size * dim, 1),
      seed,
    ),
    dims,
  );
const positive = (dims: number[]) =>
  new Tensor(
    'float32',
    values(dims[0]!, 9).map((x) => Math.abs(x) + 0.5),
    dims,
  );

/** Two branches that are joined, a sum, pools and a classifier. */
const network: FloatNetwork = {
  layers: [
    {
      opType: 'Conv',
      inputs: ['x', 'w1'],
      output: 'c1',
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    },
    {
      opType: 'BatchNormalization',
      inputs: ['c1', 'gamma', 'beta', 'mean', 'variance'],
      output: 'n1',
      attributes: { epsilon: { float: 0.0078125 } },
    },
    { opType: 'Relu', inputs: ['n1'], output: 'r1', attributes: {} },
    {
      opType: 'MaxPool',
      inputs: ['r1'],
      output: 'p1',
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    },
    { opType: 'Conv', inputs: ['p1', 'w2', 'b2'], output: 'c2', attributes: { kernel_shape: [1, 1] } },
    {
      opType: 'Conv',
      inputs: ['p1', 'w3'],
      output: 'c3',
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    },
    { opType: 'Add', inputs: ['c2', 'c3'], output: 's', attributes: {} },
    { opType: 'Relu', inputs: ['s'], output: 'r2', attributes: {} },
    { opType: 'Concat', inputs: ['r2', 'p1'], output: 'j', attributes: { axis: 1 } },
    {
      opType: 'AveragePool',
      inputs: ['j'],
      output: 'a',
      attributes: { kernel_shape: [2, 2], strides: [1, 1] },
    },
    { opType: 'GlobalAveragePool', inputs: ['a'], output: 'g', attributes: {} },
    { opType: 'Flatten', inputs: ['g'], output: 'f', attributes: {} },
    { opType: 'Gemm', inputs: ['f', 'w4', 'b4'], output: 'y', attributes: {} },
  ],
  constants: new Map([
    ['w1', tensor([8, 3, 3, 3], 1)],
    ['gamma', tensor([8], 2)],
    ['beta', tensor([8], 3)],
    ['mean', tensor([8], 4)],
    ['variance', positive([8])],
    ['w2', tensor([8, 8, 1, 1], 5)],
    ['b2', tensor([8], 6)],
    ['w3', tensor([8, 8, 3, 3], 7)],
    ['w4', tensor([16, 5], 8)],
    ['b4', tensor([5], 9)],
  ]),
  input: 'x',
  inputDims: [1, 3, 12, 10],
  output: 'y',
};
const image = tensor([1, 3, 12, 10], 10);
const run = async (model: Uint8Array, outputs?: string[]) => {
  await using session = await InferenceSession.create(model, outputs ? { outputs } : {});
  return session.run<Tensor>({ x: image });
};

it('a network is read as it was written, and normalizations fold', async () => {
  const written = writeModel(network, 'float', new Map());
  const read = readNetwork(written, network.inputDims);
  expect(read.layers).toEqual(network.layers);
  const folded = foldNormalizations(read);
  expect(folded.layers).toHaveLength(network.layers.length - 1);
  const [whole, less] = [await run(written), await run(writeModel(folded, 'float', new Map()))];
  for (const [i, value] of (whole.y!.data as Float32Array).entries())
    expect(less.y!.data[i]).toBeCloseTo(value, 3);
});

it.each(['qdq', 'qlinear'] as const)(
  "%s gives integers that are onnxruntime's within one step",
  async (form) => {
    const folded = foldNormalizations(network);
    const maps = folded.layers.map(({ output }) => output);
    const found = { ...(await run(writeModel(folded, 'float', new Map()), maps)), x: image };
    const ranges = new Map(
      Object.entries(found).map(([name, { data }]) => {
        const all = data as Float32Array;
        return [name, [Math.min(...all), Math.max(...all)] as const];
      }),
    );
    const model = writeModel(folded, form, ranges);
    const session = await onnxruntime.InferenceSession.create(model);
    const theirs = await session.run({
      x: new onnxruntime.Tensor('float32', image.data as Float32Array, image.dims),
    });
    const ours = await run(model);
    for (const [name, { data }] of Object.entries(theirs)) {
      expect(ours[name]!.type).toBe('uint8');
      for (const [i, value] of (data as Uint8Array).entries())
        expect(Math.abs(Number(ours[name]!.data[i]) - value)).toBeLessThanOrEqual(1);
    }
    await session.release();
  },
);
