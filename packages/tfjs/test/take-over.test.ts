import * as converter from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { GraphModel, LayersModel, takeOver } from '../src/index.ts';
import { classifier, difference, graphArtifacts, handlerOf, pixels } from './support/models.ts';

/** A program's object that holds a model of TensorFlow.js, as nsfwjs has one. */
class Classifier {
  model: layers.LayersModel | tf.InferenceModel | converter.GraphModel;
  constructor(model: Classifier['model']) {
    this.model = model;
  }
  classify = (image: tf.Tensor) => this.model.predict(image, {}) as tf.Tensor;
}

it('runs a Layers model in place of TensorFlow.js, and disposes the given one', async () => {
  const given = classifier();
  const net = new Classifier(given);
  const expected = net.classify(pixels());
  net.model = await takeOver(given);
  expect(net.model).toBeInstanceOf(LayersModel);
  expect(difference(net.classify(pixels()), expected)).toBeLessThan(1e-6);
  expect(() => given.predict(pixels())).toThrow(/disposed/);
});

it('runs a graph model, and keeps the given one where told', async () => {
  const given = await converter.loadGraphModel(handlerOf(graphArtifacts()));
  const taken = await takeOver(given, { keep: true, outputs: [] });
  expect(taken).toBeInstanceOf(GraphModel);
  const [a, b] = [taken, given].map((model) => model.execute(pixels(), 'classes') as tf.Tensor);
  expect(difference(a!, b!)).toBeLessThan(1e-6);
  taken.dispose();
});

it('leaves a model as it is that cannot run here', async () => {
  class Own extends layers.layers.Layer {
    static readonly className = 'Own';
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return [inputs].flat()[0]!;
    }
  }
  const given = layers.sequential({ layers: [new Own({ inputShape: [4] })] });
  await expect(takeOver(given)).rejects.toThrow(/Own/);
  expect((given.predict(tf.ones([1, 4])) as tf.Tensor).shape).toEqual([1, 4]);
});

it.each([
  ['nothing', undefined],
  ['no model', {}],
  ['one that saves nothing', { save: async () => undefined, dispose() {} }],
  [
    'one that saves no model',
    { save: (handler: { save(x: unknown): unknown }) => handler.save({}), dispose() {} },
  ],
])('refuses %s', async (_name, model) => {
  const code = expect.stringMatching(/^ERR_INVALID_/);
  await expect(takeOver(model as never)).rejects.toEqual(expect.objectContaining({ code }));
});
