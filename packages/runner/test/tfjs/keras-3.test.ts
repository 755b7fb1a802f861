import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { float32 } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import {
  functional,
  inputLayer,
  type Json,
  layer,
  layersModel,
  sequential,
  withModel,
} from './layers-model.ts';

const history = (name: string): Json => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 2], dtype: 'float32', keras_history: [name, 0, 0] },
});

/** A layer as Keras 3 writes it: arguments of its call in place of a list of tensors. */
function called(
  className: string,
  name: string,
  config: Json,
  args: readonly unknown[],
  kwargs: Json = {},
): Json {
  const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } };
  return {
    module: 'keras.layers',
    class_name: className,
    name,
    config: { name, dtype, ...config },
    registered_name: null,
    build_config: { input_shape: [null, 2] },
    inbound_nodes: [{ args, kwargs }],
  };
}

function input(name: string): Json {
  const entry = called('InputLayer', name, { batch_shape: [null, 2] }, []);
  return { ...entry, inbound_nodes: [] };
}

/** Keras 3 leaves the list around a single tensor away. */
function network(layers: readonly Json[], inputs: unknown, outputs: unknown): Json {
  const config = { name: 'net', layers, input_layers: inputs, output_layers: outputs };
  return { class_name: 'Functional', config };
}

const kernel = { 'd/kernel': { shape: [2, 1], values: [1, 10] }, 'd/bias': { shape: [1], values: [100] } };

describe('a functional model of Keras 3', () => {
  it('has calls with arguments, types as objects and single tensors without a list', async () => {
    const dense = called('Dense', 'd', { units: 1, activation: 'relu' }, [history('x')]);
    const topology = network([input('x'), dense], ['x', 0, 0], ['d', 0, 0]);
    await withModel(layersModel(topology, kernel), async (session) => {
      const { d } = await session.run({ x: float32([1, 2], [1, 2]) });
      expect([...d!.data]).toEqual([121]);
    });
  });

  it('has lists of tensors, also by keyword, and several inputs and outputs', async () => {
    const sum = called('Add', 's', {}, [[history('a'), history('b')]]);
    const product = called('Multiply', 'p', {}, [], { inputs: [history('a'), history('s')] });
    const topology = network(
      [input('a'), input('b'), sum, product],
      [
        ['a', 0, 0],
        ['b', 0, 0],
      ],
      [
        ['s', 0, 0],
        ['p', 0, 0],
      ],
    );
    await withModel(layersModel(topology), async (session) => {
      const { s, p } = await session.run({ a: float32([1, 2], [1, 2]), b: float32([1, 2], [3, 4]) });
      expect([[...s!.data], [...p!.data]]).toEqual([
        [4, 6],
        [4, 12],
      ]);
    });
  });

  it.each([
    ['arguments without tensors', [{}]],
    ['a history that is none', [{ class_name: '__keras_tensor__', config: {} }]],
  ])('with %s is refused', async (_what, args) => {
    const topology = network(
      [input('x'), called('Dense', 'd', { units: 1 }, args)],
      ['x', 0, 0],
      ['d', 0, 0],
    );
    await expect(withModel(layersModel(topology, kernel), async () => undefined)).rejects.toThrow(
      code('ERR_INVALID_MODEL'),
    );
  });

  it('of another type is refused by its name', async () => {
    const half = {
      ...input('x'),
      config: { name: 'x', batch_shape: [null, 2], dtype: { config: { name: 'float16' } } },
    };
    const topology = network([half], ['x', 0, 0], ['x', 0, 0]);
    await expect(withModel(layersModel(topology), async () => undefined)).rejects.toThrow('"float16"');
  });
});

describe('layer classes that are missing', () => {
  it('do not hide an input that is called as a layer', async () => {
    const layers = [inputLayer([2]), layer('InputLayer', 'again', { batch_input_shape: [null, 2] }, ['x'])];
    const { json } = layersModel(functional(layers, ['x'], ['again']));
    await expect(InferenceSession.create(new TextEncoder().encode(JSON.stringify(json)))).rejects.toThrow(
      'for the class of layer "again" (InputLayer), received "InputLayer".',
    );
  });

  it('are named all, each once, and nothing else', async () => {
    const inner = { ...sequential([inputLayer([2]), layer('Lambda', 'deep')]), name: 'inner' };
    const layers = [inputLayer([2]), layer('Lambda', 'l', {}, ['x']), layer('Foo', 'f', {}, ['l'])];
    const nested = { ...inner, inbound_nodes: [[['f', 0, 0, {}]]] };
    const { json } = layersModel(functional([...layers, nested], ['x'], ['inner']));
    const bytes = new TextEncoder().encode(JSON.stringify(json));
    await expect(InferenceSession.create(bytes)).rejects.toThrow(
      'Expected layer classes that @zeroskip/runner implements, received Lambda (layer "l" and 1 more), Foo (layer "f").',
    );
  });
});
