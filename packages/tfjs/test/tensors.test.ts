import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { loadGraphModel, loadLayersModel } from '../src/index.ts';
import { classifier, difference, graphArtifacts, handlerOf, pixels, saved } from './support/models.ts';

const graph = await loadGraphModel(handlerOf(graphArtifacts()));
const layers = await loadLayersModel(handlerOf(await saved(classifier())));
afterAll(() => {
  graph.dispose();
  layers.dispose();
});

const count = () => tf.memory().numTensors;

describe('memory of TensorFlow.js', () => {
  it('gains the outputs alone, and inputs are not disposed', () => {
    const image = pixels();
    const before = count();
    const outputs = [graph.predict(image), layers.predict(image), graph.execute(image, 'conv')].flat();
    expect(count()).toBe(before + outputs.length);
    expect(image.isDisposed).toBe(false);
    tf.dispose([outputs as tf.Tensor[], image]);
    expect(count()).toBe(before - 1);
  });

  it('is as before where the call is in tf.tidy', () => {
    const image = pixels();
    const before = count();
    const best = tf.tidy(() => {
      const [classes] = graph.predict(image) as tf.Tensor[];
      return tf.argMax(tf.add(classes!, tf.sum(layers.predict(image) as tf.Tensor)), 1);
    });
    expect(best.shape).toEqual([1]);
    expect(count()).toBe(before + 1);
    tf.dispose([best, image]);
  });

  it('is as before where a call is refused', () => {
    const wrong = tf.zeros([1, 4, 4, 3]);
    const before = count();
    expect(() => graph.predict(wrong)).toThrow();
    expect(() => layers.predict(wrong)).toThrow();
    expect(count()).toBe(before);
    tf.dispose(wrong);
  });

  it('is as before after many calls that wait, which may overlap', async () => {
    const before = count();
    const calls = Array.from({ length: 20 }, async (_, i) => {
      const image = pixels(1 + (i % 3));
      const outputs = [await graph.executeAsync(image), await layers.predictAsync(image)].flat();
      tf.dispose([outputs as tf.Tensor[], image]);
    });
    await Promise.all(calls);
    expect(count()).toBe(before);
  });

  it('has weights of no model', async () => {
    const before = count();
    const model = await loadGraphModel(handlerOf(graphArtifacts()));
    expect(count()).toBe(before);
    model.dispose();
  });
});

it('asks the module of option tf for tensors', async () => {
  const tensor = vi.fn(tf.tensor);
  const model = await loadGraphModel(handlerOf(graphArtifacts()), { tf: { tensor } });
  const result = model.execute(pixels(), 'classes') as tf.Tensor;
  expect(tensor).toHaveBeenCalledWith(expect.any(Float32Array), [1, 5], 'float32');
  expect(result).toBe(tensor.mock.results[0]!.value);
  model.dispose();
});

it('computes while other calls of the same model wait', async () => {
  const image = pixels(2048);
  const waiting = [layers.predictAsync(image, { batchSize: 512 }), graph.executeAsync(image, 'map')];
  const now = [layers.predict(image), graph.execute(image, 'map')] as tf.Tensor[];
  const later = (await Promise.all(waiting)) as tf.Tensor[];
  expect(later.map((tensor, i) => difference(tensor, now[i]!))).toEqual([0, 0]);
  tf.dispose([image, now, later]);
});

it('lets the event loop go on in calls that wait', async () => {
  const image = pixels(16_384);
  let turns = 0;
  const count = () => turns++;
  // One call may end before the loop comes to what else there is.
  for (let i = 0; i < 50 && turns === 0; i++) {
    const call = layers.predictAsync(image, { batchSize: 16_384 });
    setImmediate(count);
    tf.dispose((await call) as tf.Tensor);
  }
  tf.dispose(image);
  expect(turns).toBeGreaterThan(0);
});
