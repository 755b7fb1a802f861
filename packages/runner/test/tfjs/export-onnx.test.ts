import { Tensor } from '@zeroskip/tensor';
import { expect, it } from 'vitest';
import { exportOnnx, InferenceSession } from '../../src/index.ts';
import { io, model, node } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { graphModel, listI, op, placeholder, s } from './graph-model.ts';

const attr = { padding: s('SAME'), strides: listI(1, 1, 1, 1) };

it('a graph model is exported with its names, axes and answers', async () => {
  const { json, weights } = graphModel({
    nodes: [
      placeholder('x', [-1, 3, 3, 2]),
      op('conv', 'Conv2D', ['x', 'w'], attr),
      op('y', 'LeakyRelu', ['conv'], { alpha: { f: 0.25 } }),
    ],
    weights: { w: { shape: [3, 3, 2, 2], values: Array.from({ length: 36 }, (_, at) => (at % 7) - 3) } },
    signature: { inputs: { image: { name: 'x:0' } }, outputs: { map: { name: 'y:0' } } },
  });
  const bytes = Buffer.from(JSON.stringify(json));
  const externalData = [{ path: 'weights.bin', data: weights }];
  await using own = await InferenceSession.create(bytes, { externalData });
  await using exported = await InferenceSession.create(await exportOnnx(bytes, { externalData }));
  expect(exported.inputMetadata).toEqual(own.inputMetadata);
  expect(exported.outputMetadata).toEqual(own.outputMetadata);
  const image = new Tensor(
    'float32',
    Float32Array.from({ length: 18 }, (_, at) => at),
    [1, 3, 3, 2],
  );
  expect((await exported.run({ image })).map!.data).toEqual((await own.run({ image })).map!.data);
});

it('a model with operators outside of the default domain is not exported', async () => {
  const fused = { ...node('FusedMatMul', ['a', 'b'], ['y']), domain: 'com.microsoft' };
  const bytes = model({ nodes: [fused], ...io({ a: [2, 2], b: [2, 2] }, { y: [2, 2] }) });
  await expect(exportOnnx(bytes)).rejects.toThrow(code('ERR_UNSUPPORTED_OPERATOR'));
});
