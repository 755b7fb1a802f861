import * as converter from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { Tensor } from '@zeroskip/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { GraphModel, loadGraphModel, loadGraphModelSync } from '../src/index.ts';
import {
  difference,
  graphArtifacts,
  handlerOf,
  integerArtifacts,
  listArtifacts,
  pixels,
  stringArtifacts,
  values,
} from './support/models.ts';

const handler = handlerOf(graphArtifacts());
const theirs = await converter.loadGraphModel(handler);
const ours = await loadGraphModel(handler);
afterAll(() => ours.dispose());

const image = pixels(2);
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('what a graph model says of itself', () => {
  it.each(['inputNodes', 'outputNodes', 'inputs', 'modelVersion', 'modelSignature', 'metadata'] as const)(
    '%s',
    (name) => {
      expect(ours[name]).toEqual(theirs[name]);
    },
  );

  it('names and types of outputs, and their dims where they are known', () => {
    expect(ours.outputs.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['probabilities', 'float32'],
      ['act', 'float32'],
    ]);
  });

  it('what programs look for in private fields', () => {
    expect(ours.modelUrl).toBe(handler);
    expect(Object.values(ours.executor!.graph.nodes).map(({ op }) => op)).toContain('Conv2D');
    expect(Object.keys(ours.signature!.outputs!)).toEqual(['classes', 'map']);
    expect(() => ours.weights).toThrow(code('ERR_UNSUPPORTED_OPERATOR'));
  });

  it('as TensorFlow.js, without a signature', async () => {
    const plain = handlerOf(graphArtifacts({}));
    const [a, b] = [await loadGraphModel(plain), await converter.loadGraphModel(plain)];
    expect([a.inputNodes, a.outputNodes, a.inputs]).toEqual([b.inputNodes, b.outputNodes, b.inputs]);
    expect(a.modelSignature).toEqual(b.modelSignature);
    a.dispose();
  });
});

/** Calls that both take; what they give is compared. */
const calls: readonly [string, (model: converter.GraphModel) => unknown][] = [
  ['a tensor', (model) => model.predict(image)],
  ['an array', (model) => model.predict([image])],
  ['tensors by names of the signature', (model) => model.predict({ pixels: image })],
  ['tensors by names of nodes', (model) => model.predict({ image })],
  ['tensors by names of outputs of nodes', (model) => model.predict({ 'image:0': image })],
  ['one output by the name of the signature', (model) => model.execute(image, 'classes')],
  ['one output by the name of the node', (model) => model.execute(image, ['act'])],
  ['outputs in another order', (model) => model.execute(image, ['map', 'classes'])],
  ['an output twice', (model) => model.execute(image, ['map', 'map'])],
  ['any node', (model) => model.execute(image, ['conv'])],
  ['nodes and outputs', (model) => model.execute(image, ['classes', 'norm', 'pool', 'act:0'])],
  ['second outputs of nodes', (model) => model.execute(image, ['parts:1', 'parts'])],
  ['executeAsync', (model) => model.executeAsync(image)],
  ['executeAsync of any node', (model) => model.executeAsync(image, 'sum')],
  ['predictAsync', (model) => model.predictAsync(image)],
  ['another batch', (model) => model.predict(pixels(3))],
];

describe('a call gives what it gives in TensorFlow.js', () => {
  it.each(calls)('%s', async (_name, call) => {
    const [expected, received] = [await call(theirs), await call(ours as never)] as tf.Tensor[][];
    expect(Array.isArray(received)).toBe(Array.isArray(expected));
    const [a, b] = [[expected].flat(), [received].flat()] as tf.Tensor[][];
    expect(b).toHaveLength(a!.length);
    for (const [i, tensor] of b!.entries()) {
      expect(tensor).toBeInstanceOf(tf.Tensor);
      expect(difference(a![i]!, tensor)).toBeLessThan(1e-5);
    }
  });

  it('structured outputs', async () => {
    const { signature } = graphArtifacts();
    const metadata = { structuredOutputKeys: ['first', 'second'] };
    const own = handlerOf(graphArtifacts({ signature: signature!, userDefinedMetadata: metadata }));
    const [a, b] = [await loadGraphModel(own), await converter.loadGraphModel(own)];
    expect(a.modelStructuredOutputKeys).toEqual(b.modelStructuredOutputKeys);
    const [x, y] = [a.predict(image), b.predict(image)] as Record<string, tf.Tensor>[];
    expect(Object.keys(x!)).toEqual(['first', 'second']);
    for (const name of Object.keys(x!)) expect(difference(x![name]!, y![name]!)).toBeLessThan(1e-5);
    expect(Object.keys(await a.predictAsync(image))).toEqual(['first', 'second']);
    a.dispose();
  });

  it('integers and booleans', async () => {
    const own = handlerOf(integerArtifacts());
    const [a, b] = [await loadGraphModel(own), await converter.loadGraphModel(own)];
    const inputs = { n: tf.tensor1d([1, 2, 3, 4], 'int32'), flags: tf.tensor1d([1, 1, 1, 0], 'bool') };
    const names = ['twice', 'above', 'both'];
    const [x, y] = [a.execute(inputs, names), b.execute(inputs, names)] as tf.Tensor[][];
    expect(x!.map(({ dtype }) => dtype)).toEqual(['int32', 'bool', 'bool']);
    expect(x!.map((tensor, i) => difference(tensor, y![i]!))).toEqual([0, 0, 0]);
    a.dispose();
  });

  it('strings', async () => {
    const model = await loadGraphModel(handlerOf(stringArtifacts()));
    const texts = ['one', '', 'drei ß', 'a longer text'];
    const inputs = [tf.tensor1d(texts), tf.tensor1d(['one', 'x', 'drei', 'a longer text'])];
    const [given, equal] = model.execute(inputs) as tf.Tensor[];
    expect([given!.dtype, given!.shape, await given!.data()]).toEqual(['string', [4], texts]);
    expect([...equal!.dataSync()]).toEqual([1, 0, 0, 1]);
    expect(await ((await model.executeAsync(inputs, 'texts')) as tf.Tensor).data()).toEqual(texts);
    expect(model.inputs[0]).toEqual({ name: 'a', shape: [-1], dtype: 'string' });
    model.dispose();
  });

  it('nodes that stand on lists, where they are named', async () => {
    const own = handlerOf(listArtifacts());
    const [some, named] = [await loadGraphModel(own), await loadGraphModel(own, { outputs: ['stack'] })];
    const x = tf.tensor2d(values(6), [3, 2]);
    expect(difference(some.execute(x, 'negative') as tf.Tensor, tf.neg(x))).toBe(0);
    expect(() => some.execute(x, 'stack')).toThrow(/names that option outputs of the load function has/);
    expect(difference(named.execute(x, 'stack') as tf.Tensor, x)).toBe(0);
    await expect(loadGraphModel(own, { outputs: ['rows'] })).rejects.toEqual(code('ERR_UNSUPPORTED_TYPE'));
    some.dispose();
    named.dispose();
  });
});

describe('what does not fit is refused', () => {
  const wrong = (dims: number[], dtype: 'float32' | 'int32' = 'float32') => tf.zeros(dims, dtype);
  it.each([
    ['another shape', () => ours.predict(wrong([1, 8, 8, 4])), 'ERR_INVALID_SHAPE'],
    ['another rank', () => ours.predict(wrong([8, 8, 3])), 'ERR_INVALID_SHAPE'],
    ['another type', () => ours.predict(wrong([1, 8, 8, 3], 'int32')), 'ERR_INVALID_TYPE'],
    ['strings', () => ours.predict(tf.tensor(['a'])), 'ERR_INVALID_TYPE'],
    ['complex numbers', () => ours.predict(tf.complex([1], [2])), 'ERR_UNSUPPORTED_TYPE'],
    ['too many tensors', () => ours.predict([image, image]), 'ERR_INVALID_ARGUMENT'],
    ['none', () => ours.predict([]), 'ERR_INVALID_ARGUMENT'],
    ['a missing input', () => ours.predict({}), 'ERR_INVALID_ARGUMENT'],
    ['an unknown input', () => ours.predict({ pixels: image, other: image }), 'ERR_INVALID_ARGUMENT'],
    ['an input twice', () => ours.predict({ pixels: image, image }), 'ERR_INVALID_ARGUMENT'],
    ['a number', () => ours.predict(7 as never), 'ERR_INVALID_TYPE'],
    ['null', () => ours.predict(null as never), 'ERR_INVALID_TYPE'],
    ['an array of numbers', () => ours.predict([7] as never), 'ERR_INVALID_TYPE'],
    ['a number by name', () => ours.predict({ pixels: 7 } as never), 'ERR_INVALID_TYPE'],
    ['a node in between as an input', () => ours.predict({ conv: image }), 'ERR_INVALID_ARGUMENT'],
    ['an unknown output', () => ours.execute(image, 'nothing'), 'ERR_INVALID_ARGUMENT'],
    ['no output', () => ours.execute(image, []), 'ERR_INVALID_ARGUMENT'],
    ['an output that is no name', () => ours.execute(image, [7] as never), 'ERR_INVALID_TYPE'],
    ['an output of another object', () => ours.execute(image, '__proto__'), 'ERR_INVALID_ARGUMENT'],
  ])('%s', (_name, call, expected) => {
    expect(call).toThrow(code(expected));
  });

  it('a tensor that was disposed', async () => {
    const gone = pixels();
    gone.dispose();
    expect(() => ours.predict(gone)).toThrow(code('ERR_RELEASED'));
    await expect(ours.predictAsync(gone)).rejects.toThrow(code('ERR_RELEASED'));
  });

  it('what option outputs leaves out, with what to do', async () => {
    const few = await loadGraphModel(handler, { outputs: ['conv', 'probabilities'] });
    expect((few.execute(image, ['conv', 'classes']) as tf.Tensor[]).map(({ shape }) => shape)).toEqual([
      [2, 8, 8, 4],
      [2, 5],
    ]);
    expect(() => few.execute(image, 'norm')).toThrow(/names that option outputs of the load function has/);
    few.dispose();
    await expect(loadGraphModel(handler, { outputs: ['nothing'] })).rejects.toThrow(
      /names of the model for option outputs, received "nothing"/,
    );
  });
});

it('refuses use after dispose, which lets calls in flight end, and does nothing twice', async () => {
  const model = await loadGraphModel(handler);
  const running = model.executeAsync(image, 'classes');
  model.dispose();
  expect(((await running) as tf.Tensor).shape).toEqual([2, 5]);
  expect(() => model.predict(image)).toThrow(code('ERR_RELEASED'));
  await expect(model.executeAsync(image)).rejects.toThrow(code('ERR_RELEASED'));
  expect(model.inputNodes).toEqual(['pixels']);
  model.dispose();
});

it('takes tensors of this engine, and gives such', async () => {
  const own = new Tensor('float32', values(192), [1, 8, 8, 3]);
  const result = ours.execute(own, 'classes') as Tensor;
  expect(result).toBeInstanceOf(Tensor);
  const expected = theirs.execute(pixels(), 'classes') as tf.Tensor;
  expect(difference(tf.tensor([...(result.data as Float32Array)], [...result.dims]), expected)).toBeLessThan(
    1e-5,
  );
  expect((await ours.predictAsync({ image: own })) as Tensor[]).toHaveLength(2);
});

it('is made by programs themselves, which load it in steps', async () => {
  const model = new GraphModel(handler);
  expect(model.executor).toBeUndefined();
  expect(() => model.predict(image)).toThrow(/one after load for a graph model/);
  model.findIOHandler();
  const artifacts = await model.handler!.load();
  expect(() => model.loadSync(graphArtifacts())).toThrow(/artifacts of this model's own handler/);
  expect(model.loadSync(artifacts)).toBe(true);
  expect(
    difference(model.execute(image, 'map') as tf.Tensor, theirs.execute(image, 'map') as tf.Tensor),
  ).toBeLessThan(1e-5);
  model.dispose();
  expect(() => loadGraphModelSync(graphArtifacts())).toThrow(code('ERR_REFUSED'));
});
