import { algorithms } from '@zeroskip/kernels';
import { describe, expect, it } from 'vitest';
import { type InferenceSession, isConvolutionTrace } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import { float32, model, valueInfo } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { create, image, network, traceOf } from './network.ts';

describe('trace', () => {
  it('tells for every convolution what ran, on what, and how dense it was', async () => {
    await using session = await create({ algorithm: 'cps' });
    const layers = await traceOf(session);
    const [first, second] = layers.filter(isConvolutionTrace);
    expect(first).toMatchObject({
      name: 'first',
      opType: 'Conv',
      algorithm: 'cps',
      parameters: expect.any(Object),
      inputShape: [1, 3, 13, 17],
      weightShape: [18, 3, 3, 3],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [1, 1, 1, 1],
      group: 1,
      workspaceBytes: expect.any(Number),
      packedBytes: expect.any(Number),
    });
    expect(first!.density).toBe(image.data.filter((value) => value !== 0).length / image.size);
    const { data } = onMainThread(model({ ...network, outputs: [valueInfo('r1', 'float32', [1])] }), {
      image,
    }).r1!;
    expect(second!.density).toBeCloseTo(
      (data as Float32Array).filter((value) => value !== 0).length / data.length,
      2,
    );
    for (const layer of layers) expect(layer.ms).toBeGreaterThanOrEqual(0);
  });
});

describe('probe', () => {
  it('visits every convolution before it runs, with its real input', async () => {
    await using session = await create();
    const expected = onMainThread(model({ ...network, outputs: [valueInfo('r1', 'float32', [1])] }), {
      image,
    });
    const visited: string[] = [];
    const results = await session.probe({ image }, async (layer) => {
      visited.push(layer.name);
      if (layer.name === 'first') {
        expect([...layer.readInput()]).toEqual([...image.data]);
        expect([...layer.weights]).toEqual([...network.constants!.w1!.data]);
        expect(layer.activation).toMatchObject({ name: 'relu' });
      }
      if (layer.name !== 'second') return;
      expect(layer.inputDims).toEqual([1, 18, 13, 17]);
      expect(layer.spec).toMatchObject({ inChannels: 18, outChannels: 20, kernel: [3, 3] });
      expect(layer.bias).toBeUndefined();
      expect(
        firstDifference(float32(layer.inputDims, layer.readInput()), expected.r1!, 1e-4, 1e-5),
      ).toBeUndefined();
      expect(layer.candidates().map(({ id }) => id)).toEqual(algorithms().map(({ id }) => id));
      const times = await layer.time([{ algorithm: 'reference' }, { algorithm: 'cps', parameters: {} }], {
        rounds: 3,
      });
      const [exact, sparse] = [
        await layer.compute({ algorithm: 'reference' }),
        await layer.compute({ algorithm: 'cps' }),
      ];
      expect(exact.some((value) => value !== 0)).toBe(true);
      expect(
        firstDifference(float32([exact.length], sparse), float32([exact.length], exact), 1e-4, 1e-5),
      ).toBeUndefined();
      for (const time of times) {
        expect([time.ms.length, time.encodeMs.length, time.computeMs.length]).toEqual([3, 3, 3]);
      }
    });
    expect(visited).toEqual(['first', 'second', 'scores']);
    const plain = await session.run({ image });
    expect([...results.scores!.data]).toEqual([...plain.scores!.data]);
  });

  it('refuses the use of a layer after its visit, and times of what refuses it', async () => {
    await using session = await create();
    const layers: Parameters<Parameters<InferenceSession['probe']>[1]>[0][] = [];
    await session.probe({ image }, (layer) => {
      layers.push(layer);
    });
    expect(() => layers[0]!.readInput()).toThrow(code('ERR_RELEASED'));
    await expect(layers[0]!.time([], { rounds: 1 })).rejects.toThrow(code('ERR_RELEASED'));
    await expect(session.probe({ image }, 1 as never)).rejects.toThrow(code('ERR_INVALID_TYPE'));
  });

  it('ends with the error of a visit', async () => {
    await using session = await create();
    const visit = () => Promise.reject(new Error('no more'));
    await expect(session.probe({ image }, visit)).rejects.toThrow('no more');
    expect((await session.run({ image })).scores!.dims).toEqual([1, 5]);
  });
});
