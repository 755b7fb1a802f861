import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { float32 } from '../support/onnx.ts';
import { runModel } from '../support/run.ts';
import {
  evaluate,
  functional,
  inputLayer,
  type Json,
  layer,
  layersModel,
  sequential,
  type WeightParts,
  withModel,
} from './layers-model.ts';

// What TensorFlow.js has, too, is compared with it in bench/test/tensorflow-layers.test.ts.

type Weights = Record<string, WeightParts>;

/** Output of a single layer named `l`, for one input without its batch. */
async function one(
  className: string,
  shape: readonly number[],
  values: readonly number[],
  config: Json = {},
  weights: Weights = {},
) {
  const model = layersModel(sequential([inputLayer(shape), layer(className, 'l', config)]), weights);
  const { dims, data } = await evaluate(model, [1, ...shape], values);
  return { dims, values: Array.from(data as Float32Array) };
}

describe('a layer of Keras', () => {
  it('Conv1D, causal: looks back only', async () => {
    const config = { filters: 1, kernel_size: [2], padding: 'causal', dilation_rate: [2], use_bias: false };
    const weights = { 'l/kernel': { shape: [2, 1, 1], values: [10, 1] } };
    const { values } = await one('Conv1D', [4, 1], [1, 2, 3, 4], config, weights);
    expect(values).toEqual([1, 2, 13, 24]);
  });

  it('Conv2D in groups', async () => {
    const config = { filters: 2, kernel_size: 1, groups: 2, use_bias: false };
    const weights = { 'l/kernel': { shape: [1, 1, 1, 2], values: [10, 100] } };
    expect((await one('Conv2D', [1, 1, 2], [1, 2], config, weights)).values).toEqual([10, 200]);
  });

  it('Conv2D with an activation that is a layer', async () => {
    const activation = { class_name: 'LeakyReLU', config: { alpha: 0.5 } };
    const config = { filters: 1, kernel_size: 1, use_bias: false, activation };
    const weights = { 'l/kernel': { shape: [1, 1, 1, 1], values: [1] } };
    expect((await one('Conv2D', [1, 2, 1], [-2, 2], config, weights)).values).toEqual([-1, 2]);
  });

  it('BatchNormalization of the first axis', async () => {
    const vector = (values: number[]) => ({ shape: [2], values });
    const weights = {
      'l/gamma': vector([1, 2]),
      'l/beta': vector([0, 10]),
      'l/moving_mean': vector([1, 0]),
      'l/moving_variance': vector([4, 1]),
    };
    const { values } = await one(
      'BatchNormalization',
      [2, 2],
      [1, 3, 5, 7],
      { axis: [1], epsilon: 0 },
      weights,
    );
    expect(values).toEqual([0, 1, 20, 24]);
  });

  it.each<[string, string, Json, number[]]>([
    ['ReLU with a slope', 'ReLU', { negative_slope: 0.5 }, [-2, -1, 0, 8]],
    ['ReLU with a slope and a limit', 'ReLU', { negative_slope: 0.5, max_value: 3 }, [-2, -1, 0, 3]],
    ['ELU', 'ELU', { alpha: 2 }, [2 * Math.expm1(-4), 2 * Math.expm1(-2), 0, 8]],
    ['LeakyReLU, by its new name of the slope', 'LeakyReLU', { negative_slope: 0.25 }, [-1, -0.5, 0, 8]],
    ['LeakyReLU, by default', 'LeakyReLU', {}, [-1.2, -0.6, 0, 8]],
    ['Activation exponential', 'Activation', { activation: 'exponential' }, [-4, -2, 0, 8].map(Math.exp)],
    ['SpatialDropout2D', 'SpatialDropout2D', { rate: 0.5 }, [-4, -2, 0, 8]],
    ['ActivityRegularization', 'ActivityRegularization', { l1: 1 }, [-4, -2, 0, 8]],
    ['Rescaling without an offset', 'Rescaling', { scale: 0.5 }, [-2, -1, 0, 4]],
  ])('%s', async (_what, className, config, expected) => {
    const { values } = await one(className, [2, 2, 1], [-4, -2, 0, 8], config);
    for (const [i, value] of values.entries())
      expect(value / (expected[i] || 1)).toBeCloseTo(expected[i] ? 1 : 0, 6);
  });

  it('Softmax along the height', async () => {
    const { values } = await one('Softmax', [2, 1, 2], [0, 1, 0, 1], { axis: 1 });
    expect(values).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it('ZeroPadding1D, Cropping1D, UpSampling1D', async () => {
    expect((await one('ZeroPadding1D', [2, 1], [1, 2], { padding: [1, 2] })).values).toEqual([0, 1, 2, 0, 0]);
    expect((await one('Cropping1D', [4, 1], [1, 2, 3, 4], { cropping: [1, 0] })).values).toEqual([2, 3, 4]);
    expect((await one('UpSampling1D', [2, 1], [1, 2], { size: 2 })).values).toEqual([1, 1, 2, 2]);
  });

  it('GlobalAveragePooling2D that keeps its axes', async () => {
    const result = await one('GlobalAveragePooling2D', [1, 2, 2], [1, 2, 3, 4], { keepdims: true });
    expect(result).toEqual({ dims: [1, 1, 1, 2], values: [2, 3] });
  });

  it('Subtract', async () => {
    const inputs = [inputLayer([2], 'a'), inputLayer([2], 'b')];
    const topology = functional([...inputs, layer('Subtract', 'l', {}, ['a', 'b'])], ['a', 'b'], ['l']);
    await withModel(layersModel(topology), async (session) => {
      const { l } = await session.run({ a: float32([1, 2], [5, 7]), b: float32([1, 2], [1, 2]) });
      expect([...l!.data]).toEqual([4, 5]);
    });
  });
});

describe('a Layers model', () => {
  const dense = { 'd/kernel': { shape: [2, 1], values: [1, 10] }, 'd/bias': { shape: [1], values: [100] } };
  const denseLayer = layer('Dense', 'd', { units: 1 }, ['x']);

  it('says its inputs and outputs, the batch by name', async () => {
    const head = [layer('Conv2D', 'c', { filters: 2, kernel_size: 3, strides: 2, padding: 'same' })];
    const weights = { 'c/kernel': { shape: [3, 3, 3, 2] }, 'c/bias': { shape: [2] } };
    await withModel(layersModel(sequential([inputLayer([5, 6, 3]), ...head]), weights), async (session) => {
      expect(session.inputMetadata).toMatchObject([
        { name: 'x', type: 'float32', shape: ['batch', 5, 6, 3] },
      ]);
      expect(session.outputMetadata).toMatchObject([
        { name: 'c', type: 'float32', shape: ['batch', 3, 3, 2] },
      ]);
    });
  });

  it('leaves open what the model leaves open', async () => {
    const topology = sequential([inputLayer([null, 4]), layer('MaxPooling1D', 'p', { pool_size: 2 })]);
    await withModel(layersModel(topology), async (session) => {
      expect(session.inputMetadata[0]!.shape).toEqual(['batch', '', 4]);
      expect(session.outputMetadata[0]!.shape).toEqual(['batch', '', '']);
      const { p } = await session.run({ x: float32([1, 6, 4]) });
      expect(p!.dims).toEqual([1, 3, 4]);
    });
  });

  it('has a batch of one size where the model says so', async () => {
    const fixed = inputLayer([2]);
    (fixed.config as Json).batch_input_shape = [3, 2];
    const { json, weights } = layersModel(sequential([fixed, denseLayer]), dense);
    await withModel({ json, weights }, async (session) => {
      expect(session.outputMetadata[0]!.shape).toEqual([3, 1]);
    });
  });

  it.each<[string, (model: Json) => unknown]>([
    ['as Keras writes it', (model) => ({ model_config: model })],
    ['as TensorFlow.js writes it', (model) => ({ ...model, backend: 'tensor_flow.js' })],
  ])('is read with its topology %s', async (_what, wrap) => {
    const model = layersModel(functional([inputLayer([2]), denseLayer], ['x'], ['d']), dense);
    model.json.modelTopology = wrap((model.json.modelTopology as Json).model_config as Json);
    expect([...(await evaluate(model, [1, 2], [3, 4])).data]).toEqual([143]);
  });

  it('is read as a bare list of layers, whose first names the input', async () => {
    const first = layer('Dense', 'd', { units: 1, batch_input_shape: [null, 2] });
    const model = layersModel({ class_name: 'Sequential', config: [first] }, dense);
    await withModel(model, async (session) => {
      expect(session.inputNames).toEqual(['d_input']);
      const { d } = await session.run({ d_input: float32([1, 2], [3, 4]) });
      expect([...d!.data]).toEqual([143]);
    });
  });

  it('is recognized by its content, whatever its name', async () => {
    const { json } = layersModel(sequential([inputLayer([2]), layer('ReLU', 'r')]));
    json.weightsManifest = [];
    const bytes = new TextEncoder().encode(`\n  ${JSON.stringify(json)}`);
    const { r } = await runModel(bytes, { x: float32([1, 2], [-1, 1]) });
    expect([...r!.data]).toEqual([0, 1]);
  });

  it('gives an input back that it passes through, under a name of its own', async () => {
    const topology = functional([inputLayer([2])], ['x'], ['x']);
    await withModel(layersModel(topology), async (session) => {
      expect(session.outputNames).toEqual(['x_1']);
      const { x_1: y } = await session.run({ x: float32([1, 2], [3, 4]) });
      expect([...y!.data]).toEqual([3, 4]);
    });
  });

  it('makes any layer an output', async () => {
    const layers = [
      inputLayer([2]),
      denseLayer,
      layer('ReLU', 'r', {}, ['d']),
      layer('Softmax', 's', {}, ['r']),
    ];
    const model = layersModel(functional(layers, ['x'], ['s']), dense);
    const bytes = new TextEncoder().encode(JSON.stringify(model.json));
    const externalData = [{ path: 'weights.bin', data: model.weights }];
    const load = (...names: string[]) => InferenceSession.create(bytes, { externalData, outputs: names });
    const x = float32([1, 2], [3, 4]);
    await using session = await load('d', 's');
    const outputs = await session.run({ x });
    expect(Object.keys(outputs)).toEqual(['d', 's']);
    const alone = layersModel(functional(layers, ['x'], ['d']), dense);
    expect(outputs.d).toEqual(await evaluate(alone, [1, 2], [3, 4]));
    await expect(load('q')).rejects.toThrow(/names of layers of the model for option outputs, received "q"/);
  });

  it('gives one layer as two outputs', async () => {
    const topology = functional([inputLayer([2]), denseLayer], ['x'], ['d', 'd']);
    await withModel(layersModel(topology, dense), async (session) => {
      expect(session.outputNames).toEqual(['d', 'd_1']);
    });
  });

  it('tells its convolutions by the names of their layers', async () => {
    const config = { filters: 1, kernel_size: 1, activation: 'relu', use_bias: false };
    const topology = sequential([inputLayer([2, 2, 1]), layer('Conv2D', 'first', config)]);
    const model = layersModel(topology, { 'first/kernel': { shape: [1, 1, 1, 1] } });
    await withModel(model, async (session) => {
      let names: string[] = [];
      const trace = (layers: readonly { name: string; opType: string }[]) => {
        names = layers.filter(({ opType }) => opType === 'Conv').map(({ name }) => name);
      };
      await session.run({ x: float32([1, 2, 2, 1]) }, { trace });
      expect(names).toEqual(['first']);
    });
  });

  it.each([0, 1])('may have models inside whose calls count from %d', async (first) => {
    const inner = functional([inputLayer([2]), denseLayer], ['x'], ['d']);
    const layers = [
      inputLayer([2], 'in'),
      { ...layer('Functional', 'inner', {}, ['in']), config: inner.config },
      {
        ...layer('Concatenate', 'both'),
        inbound_nodes: [
          [
            ['inner', first, 0, {}],
            ['in', 0, 0, {}],
          ],
        ],
      },
    ];
    const model = layersModel(functional(layers, ['in'], ['both']), dense);
    expect([...(await evaluate(model, [1, 2], [3, 4])).data]).toEqual([143, 3, 4]);
  });

  it('finds weights by the names of the models around a layer, the longest first', async () => {
    const inner = functional([inputLayer([2]), denseLayer], ['x'], ['d']);
    const block = (name: string) => ({ ...layer('Functional', name, {}, ['in']), config: inner.config });
    const layers = [
      inputLayer([2], 'in'),
      block('a'),
      block('b'),
      layer('Concatenate', 'both', {}, ['a', 'b']),
    ];
    const weights: Weights = {
      'd/kernel': { shape: [2, 1], values: [1, 1] },
      'd/bias': { shape: [1], values: [0] },
      'b/d/kernel': { shape: [2, 1], values: [10, 10] },
    };
    const model = layersModel(functional(layers, ['in'], ['both']), weights);
    expect([...(await evaluate(model, [1, 2], [3, 4])).data]).toEqual([7, 70]);
  });

  it("finds weights with a cell's name before their own", async () => {
    const weights = { 'd/cell/kernel': { shape: [2, 1], values: [1, 10] }, 'd/bias': { shape: [1] } };
    const model = layersModel(functional([inputLayer([2]), denseLayer], ['x'], ['d']), weights);
    expect([...(await evaluate(model, [1, 2], [3, 4])).data]).toEqual([44]);
  });

  it('runs thousands of layers one after the other', async () => {
    const count = 5000;
    const relus = Array.from({ length: count }, (_, i) =>
      layer('Dropout', `r${i}`, {}, [i === 0 ? 'x' : `r${i - 1}`]),
    );
    const topology = functional([inputLayer([2]), ...relus], ['x'], [`r${count - 1}`]);
    expect([...(await evaluate(layersModel(topology), [1, 2], [1, 2])).data]).toEqual([1, 2]);
  });
});
