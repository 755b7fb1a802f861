import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { Tensor } from '@zeroskip/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { loadLayersModel } from '../src/index.ts';
import { classifier, difference, handlerOf, pixels, saved, twoOfEach, values } from './support/models.ts';

const theirs = classifier();
const ours = await loadLayersModel(handlerOf(await saved(theirs)));
const theirTwo = twoOfEach();
const two = await loadLayersModel(handlerOf(await saved(theirTwo)));
afterAll(() => {
  ours.dispose();
  two.dispose();
});

const code = (expected: string) => expect.objectContaining({ code: expected });
const rows = (count: number, seed: number) => tf.tensor2d(values(count * 4, seed), [count, 4]);

describe('what a Layers model says of itself', () => {
  it('is what TensorFlow.js says', () => {
    expect(two.name).toBe(theirTwo.name);
    expect(two.inputs.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
      ['a', [null, 4], 'float32'],
      ['b', [null, 4], 'float32'],
    ]);
    expect(two.inputs.map(({ shape }) => shape)).toEqual(theirTwo.inputs.map(({ shape }) => shape));
    expect(two.outputs.map(({ shape }) => shape)).toEqual(theirTwo.outputs.map(({ shape }) => shape));
    expect([two.inputNames, two.outputNames]).toEqual([theirTwo.inputNames, theirTwo.outputNames]);
    expect(ours.getUserDefinedMetadata()).toEqual(theirs.getUserDefinedMetadata());
  });

  it('lists the layers', () => {
    expect(ours.layers.map((layer) => [layer.name, layer.getClassName()])).toEqual(
      theirs.layers.map((layer) => [layer.name, layer.getClassName()]),
    );
    expect(ours.getLayer('pool').getConfig().name).toBe('pool');
    expect(ours.getLayer(0)).toBe(ours.layers[0]);
    expect(() => ours.getLayer('nothing')).toThrow(code('ERR_INVALID_ARGUMENT'));
    expect(() => ours.getLayer(7)).toThrow(code('ERR_INVALID_ARGUMENT'));
  });

  it('says why tf.model makes no other model of its layers', () => {
    const made = () =>
      layers.model({ inputs: theirs.inputs, outputs: ours.getLayer('pool').output as never });
    expect(made).toThrow(/Expected a layer of TensorFlow\.js behind "pool".*execute\(inputs, name\)/);
  });
});

/** Calls that both take; what they give is compared. */
const calls: readonly [string, (model: layers.LayersModel) => unknown][] = [
  ['one image', (model) => model.predict(pixels())],
  ['more than one batch', (model) => model.predict(pixels(5), { batchSize: 2 })],
  ['integers', (model) => model.predict(tf.cast(tf.mul(pixels(2), 9), 'int32'))],
  ['an array of one', (model) => model.predict([pixels()])],
  ['predictOnBatch', (model) => model.predictOnBatch(pixels(3))],
];

describe('a call gives what it gives in TensorFlow.js', () => {
  it.each(calls)('%s', (_name, call) => {
    const [expected, received] = [call(theirs), call(ours as never)] as [tf.Tensor, tf.Tensor];
    expect(received).toBeInstanceOf(tf.Tensor);
    expect(difference(expected, received)).toBeLessThan(1e-6);
  });

  it('two inputs and two outputs, in batches', async () => {
    const inputs = [rows(5, 1), rows(5, 2)];
    const expected = theirTwo.predict(inputs, { batchSize: 2 }) as tf.Tensor[];
    const given = [
      two.predict(inputs, { batchSize: 2 }),
      await two.predictAsync(inputs, { batchSize: 2 }),
      two.predict({ b: inputs[1]!, a: inputs[0]! }),
    ] as tf.Tensor[][];
    for (const received of given) {
      expect(received.map((tensor, i) => difference(tensor, expected[i]!))).toEqual([0, 0]);
    }
  });

  it('any layer, by its name or that of its output', async () => {
    const names = ['first', 'pool', 'last'].map(
      (name) => theirs.getLayer(name).output as layers.SymbolicTensor,
    );
    const expected = theirs.execute(
      pixels(2),
      names.map(({ name }) => name),
    ) as tf.Tensor[];
    const given = [
      ours.execute(pixels(2), ['first', 'pool', 'last']),
      ours.execute(
        pixels(2),
        names.map(({ name }) => name),
      ),
      await ours.executeAsync(pixels(2), ['first', 'pool', 'last']),
    ] as tf.Tensor[][];
    for (const received of given) {
      for (const [i, tensor] of received.entries())
        expect(difference(tensor, expected[i]!)).toBeLessThan(1e-5);
    }
    expect((ours.execute(pixels(2), 'pool') as tf.Tensor).shape).toEqual([2, 4]);
    expect(ours.execute(pixels(2), ['pool'])).toHaveLength(1);
  });

  it('a vector as one column', async () => {
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 2, inputShape: [1] })] });
    const own = await loadLayersModel(handlerOf(await saved(model)));
    const x = tf.tensor1d([1, 2, 3]);
    expect(difference(own.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor)).toBeLessThan(1e-6);
    own.dispose();
  });
});

describe('what does not fit is refused', () => {
  it.each([
    ['another shape', () => ours.predict(tf.zeros([1, 8, 8, 4])), 'ERR_INVALID_SHAPE'],
    ['another rank', () => ours.predict(tf.zeros([1, 8, 8])), 'ERR_INVALID_SHAPE'],
    ['too few inputs', () => two.predict([rows(1, 1)]), 'ERR_INVALID_ARGUMENT'],
    ['batches of other sizes', () => two.predict([rows(40, 1), rows(41, 1)]), 'ERR_INVALID_SHAPE'],
    ['a missing input', () => two.predict({ a: rows(1, 1) }), 'ERR_INVALID_ARGUMENT'],
    ['a batch size of 0', () => ours.predict(pixels(), { batchSize: 0 }), 'ERR_INVALID_ARGUMENT'],
    [
      'a batch size that is no number',
      () => ours.predict(pixels(), { batchSize: '1' } as never),
      'ERR_INVALID_TYPE',
    ],
    ['verbose', () => ours.predict(pixels(), { verbose: true }), 'ERR_INVALID_ARGUMENT'],
    ['an unknown layer', () => ours.execute(pixels(), 'nothing'), 'ERR_INVALID_ARGUMENT'],
    ['an empty list of outputs', () => ours.execute(pixels(), []), 'ERR_INVALID_ARGUMENT'],
  ])('%s', (_name, call, expected) => {
    expect(call).toThrow(code(expected));
  });
});

it('refuses use after dispose', async () => {
  const model = await loadLayersModel(handlerOf(await saved(theirs)));
  const running = model.predictAsync(pixels());
  model.dispose();
  expect(((await running) as tf.Tensor).shape).toEqual([1, 3]);
  expect(() => model.predict(pixels())).toThrow(code('ERR_RELEASED'));
  await expect(model.predictAsync(pixels())).rejects.toThrow(code('ERR_RELEASED'));
  model.dispose();
});

it('takes tensors of this engine, and gives such', () => {
  const x = new Tensor('float32', values(192), [1, 8, 8, 3]);
  const y = ours.predict(x) as Tensor;
  expect(y).toBeInstanceOf(Tensor);
  expect(y.dims).toEqual([1, 3]);
});

it('knows layer classes of the program by option layers', async () => {
  class Twice extends layers.layers.Layer {
    static readonly className = 'Twice';
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul([inputs].flat()[0]!, 2);
    }
    override computeOutputShape(shape: layers.Shape | layers.Shape[]): layers.Shape | layers.Shape[] {
      return shape;
    }
  }
  const model = layers.sequential({ layers: [new Twice({ name: 'twice', inputShape: [4] })] });
  const artifacts = await saved(model);
  await expect(loadLayersModel(handlerOf(artifacts))).rejects.toThrow(/Twice/);
  const own = await loadLayersModel(handlerOf(artifacts), {
    layers: { Twice: () => [{ class_name: 'Rescaling', config: { scale: 2 } }] },
  });
  const x = rows(2, 3);
  expect(difference(own.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor)).toBe(0);
  own.dispose();
});
