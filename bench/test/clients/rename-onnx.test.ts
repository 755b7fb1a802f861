import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { InferenceSession, Tensor } from '@zeroskip/runner';
import { expect, it } from 'vitest';
import { type Interface, renameOnnx } from '../../src/clients/rename-onnx.ts';

const network = (dims: readonly number[]) =>
  onnxModel({
    nodes: [node('Relu', ['image'], ['map'])],
    inputs: [valueInfo('image', 'float32', dims)],
    outputs: [valueInfo('map', 'float32', dims)],
    opset: 21,
  });

const names: Interface = {
  input: 'pixel_values',
  output: 'logits',
  inputDims: [1, 3, 1, 2],
  isChannelsLast: false,
};

async function run(model: Uint8Array): Promise<Tensor> {
  await using session = await InferenceSession.create(model);
  const pixels = Float32Array.of(1, -2, 3, -4, 5, -6);
  return (await session.run({ pixel_values: new Tensor('float32', pixels, [1, 3, 1, 2]) })).logits!;
}

it('gives the one input and the one output of a network other names', async () => {
  const { data, dims } = await run(renameOnnx(network([1, 3, 1, 2]), names));
  expect(dims).toEqual([1, 3, 1, 2]);
  expect([...data]).toEqual([1, 0, 3, 0, 5, 0]);
});

it('takes an image channels first where the network takes it channels last', async () => {
  const { data, dims } = await run(renameOnnx(network([1, 1, 2, 3]), { ...names, isChannelsLast: true }));
  expect(dims).toEqual([1, 1, 2, 3]);
  expect([...data]).toEqual([1, 3, 5, 0, 0, 0]);
});
