import { symlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../src/index.ts';
import { testFolder } from './support/folder.ts';
import { dims, model, pixels } from './support/models.ts';
import { serve } from './support/server.ts';

const file = testFolder();
const weights = new Uint8Array(Float32Array.of(1, 2).buffer);
const external = onnxModel({
  nodes: [node('Add', ['x', 'w'], ['y'])],
  inputs: [valueInfo('x', 'float32', [2])],
  outputs: [valueInfo('y', 'float32', [2])],
  initializers: [
    {
      name: 'w',
      dims: [2],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: 'weights.bin' }],
    },
  ],
} as never);
const url = await serve({ 'net.onnx': model, 'weights.bin': weights });

async function answer(session: InferenceSession): Promise<number[]> {
  const { map } = await session.run({ image: new Tensor('float32', pixels(), dims) });
  await session.release();
  return [...(map!.data as Float32Array)];
}

describe('models and external data by URL', () => {
  const path = file('net.onnx', model);
  it.each([
    ['file:', pathToFileURL(path).href],
    ['http:', `${url}net.onnx`],
    ['data:', `data:application/octet-stream;base64,${Buffer.from(model).toString('base64')}`],
    ['blob:', URL.createObjectURL(new Blob([new Uint8Array(model)]))],
  ])('%s is read as a path is', async (_scheme, each) => {
    expect(await answer(await InferenceSession.create(each))).toEqual(
      await answer(await InferenceSession.create(path)),
    );
  });

  it.each([`${url}nothing`, 'http://127.0.0.1:1/net.onnx'])('%s is refused', async (each) => {
    await expect(InferenceSession.create(each)).rejects.toMatchObject({
      code: 'ERR_FILE',
      expected: 'a file',
    });
  });

  it.each<[string, () => unknown]>([
    ['bytes', () => ({ path: 'weights.bin', data: weights })],
    ['a buffer', () => ({ path: './weights.bin', data: weights.buffer })],
    ['a Blob', () => ({ path: 'weights.bin', data: new Blob([weights]) })],
    ['a path', () => ({ path: 'weights.bin', data: file('elsewhere.bin', weights) })],
    ['a URL', () => ({ path: 'weights.bin', data: `${url}weights.bin` })],
  ])('external data are %s', async (_what, data) => {
    const session = await InferenceSession.create(external, { externalData: [data() as never] });
    const { y } = await session.run({ x: new Tensor('float32', [10, 20]) });
    expect([...(y!.data as Float32Array)]).toEqual([11, 22]);
  });

  it.each([[5], [null], [{ data: weights }]])('external data %j are refused', async (data) => {
    const created = InferenceSession.create(external, { externalData: [data as never] });
    await expect(created).rejects.toThrow(TypeError);
  });
});

describe('external data through links, or outside the folder of the model', () => {
  it('are read only where links are allowed', async () => {
    file('target.bin', weights);
    symlinkSync(file('target.bin'), file('weights.bin'));
    const path = file('external.onnx', external);
    await expect(InferenceSession.create(path)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_/),
    });
    const session = await InferenceSession.create(path, { extra: { zeroskip: { followLinks: true } } });
    expect(session.inputNames).toEqual(['x']);
  });
});
