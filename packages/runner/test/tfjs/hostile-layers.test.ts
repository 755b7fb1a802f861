import { describe, expect, it } from 'vitest';
import { functional, inputLayer, type Json, layer, sequential } from './layers-model.ts';
import { at, load, type Weights } from './refusals.ts';

const map = [5, 5, 2];
const kernel = { 'subject/kernel': { shape: [3, 3, 2, 4] }, 'subject/bias': { shape: [4] } };
const conv = { filters: 4, kernel_size: [3, 3] };

describe('a layer is refused', () => {
  it.each<[string, string, readonly number[], Json, Weights]>([
    ['without filters', 'Conv2D', map, { kernel_size: 3 }, kernel],
    ['with filters that are text', 'Conv2D', map, { ...conv, filters: '4' }, kernel],
    ['with another number of filters than its weights', 'Conv2D', map, { ...conv, filters: 5 }, kernel],
    ['with a negative number of filters', 'Conv2D', map, { ...conv, filters: -4 }, kernel],
    ['without a kernel size', 'Conv2D', map, { filters: 4 }, kernel],
    ['with a kernel size of 0', 'Conv2D', map, { ...conv, kernel_size: 0 }, kernel],
    ['with a kernel size of the wrong length', 'Conv2D', map, { ...conv, kernel_size: [3] }, kernel],
    ['with a kernel size that is not its weights', 'Conv2D', map, { ...conv, kernel_size: 2 }, kernel],
    ['with a stride of 0', 'Conv2D', map, { ...conv, strides: [0, 1] }, kernel],
    ['with a broken stride', 'Conv2D', map, { ...conv, strides: 1.5 }, kernel],
    ['with a huge stride', 'Conv2D', map, { ...conv, strides: 2 ** 52 }, kernel],
    ['with a dilation of 0', 'Conv2D', map, { ...conv, dilation_rate: 0 }, kernel],
    ['with a huge dilation', 'Conv2D', map, { ...conv, dilation_rate: 2 ** 40 }, kernel],
    ['with an unknown padding', 'Conv2D', map, { ...conv, padding: 'full' }, kernel],
    ['with causal padding of a map', 'Conv2D', map, { ...conv, padding: 'causal' }, kernel],
    ['with a padding that is no text', 'Conv2D', map, { ...conv, padding: 1 }, kernel],
    ['with an unknown data format', 'Conv2D', map, { ...conv, data_format: 'NCHW' }, kernel],
    ['with groups that do not divide the channels', 'Conv2D', map, { ...conv, groups: 3 }, kernel],
    ['with a group of 0', 'Conv2D', map, { ...conv, groups: 0 }, kernel],
    ['with a bias flag that is a number', 'Conv2D', map, { ...conv, use_bias: 1 }, kernel],
    ['with weights for other channels', 'Conv2D', [5, 5, 3], conv, kernel],
    ['with a kernel larger than the map', 'Conv2D', [2, 5, 2], conv, kernel],
    ['with an input of another rank', 'Conv2D', [5, 2], conv, kernel],
    ['with a bias of another length', 'Conv2D', map, conv, { ...kernel, 'subject/bias': { shape: [3] } }],
    [
      'with weights of another rank',
      'Conv2D',
      map,
      conv,
      { ...kernel, 'subject/kernel': { shape: [3, 3, 8] } },
    ],
    ['without its weights', 'Conv2D', map, conv, { 'subject/bias': { shape: [4] } }],
    ['without its bias', 'Conv2D', map, conv, { 'subject/kernel': kernel['subject/kernel'] }],
    ['with an activation that is a number', 'Conv2D', map, { ...conv, activation: 7 }, kernel],
    [
      'with depthwise weights of another multiplier',
      'DepthwiseConv2D',
      map,
      { kernel_size: 3, depth_multiplier: 2 },
      { 'subject/depthwise_kernel': { shape: [3, 3, 2, 1] } },
    ],
    [
      'with pointwise weights of other channels',
      'SeparableConv2D',
      map,
      conv,
      {
        'subject/depthwise_kernel': { shape: [3, 3, 2, 1] },
        'subject/pointwise_kernel': { shape: [1, 1, 3, 4] },
      },
    ],
    [
      'with transposed weights of other channels',
      'Conv2DTranspose',
      map,
      conv,
      { 'subject/kernel': { shape: [3, 3, 4, 3] }, 'subject/bias': { shape: [4] } },
    ],
    [
      'with another number of units',
      'Dense',
      [3],
      { units: 2 },
      { 'subject/kernel': { shape: [3, 3] }, 'subject/bias': { shape: [2] } },
    ],
    [
      'with other inputs than units have',
      'Dense',
      [3],
      { units: 2 },
      { 'subject/kernel': { shape: [4, 2] }, 'subject/bias': { shape: [2] } },
    ],
    [
      'with a mean of another length',
      'BatchNormalization',
      map,
      { scale: false, center: false },
      { 'subject/moving_mean': { shape: [3] }, 'subject/moving_variance': { shape: [3] } },
    ],
    [
      'with a variance of another length',
      'BatchNormalization',
      map,
      { scale: false, center: false },
      { 'subject/moving_mean': { shape: [2] }, 'subject/moving_variance': { shape: [3] } },
    ],
    [
      'with an epsilon that is text',
      'BatchNormalization',
      map,
      { scale: false, center: false, epsilon: '0' },
      { 'subject/moving_mean': { shape: [2] }, 'subject/moving_variance': { shape: [2] } },
    ],
    ['with a window of 0', 'MaxPooling2D', map, { pool_size: 0 }, {}],
    ['with a window larger than the map', 'AveragePooling2D', map, { pool_size: 6 }, {}],
    ['with a slope that is text', 'LeakyReLU', map, { alpha: '0.3' }, {}],
    ['with slopes of another shape', 'PReLU', map, {}, { 'subject/alpha': { shape: [5, 4, 2] } }],
    ['with slopes of another rank', 'PReLU', map, {}, { 'subject/alpha': { shape: [2] } }],
    ['with an axis out of range', 'Softmax', map, { axis: 4 }, {}],
    ['with an axis that is text', 'Softmax', map, { axis: 'last' }, {}],
    ['with dims of another size', 'Reshape', map, { target_shape: [7, 7] }, {}],
    ['with two open dims', 'Reshape', map, { target_shape: [-1, null] }, {}],
    ['with a dim of 0', 'Reshape', map, { target_shape: [0, 50] }, {}],
    ['with huge dims', 'Reshape', map, { target_shape: [2 ** 52, 2 ** 52] }, {}],
    ['without dims', 'Reshape', map, {}, {}],
    ['with an axis twice', 'Permute', map, { dims: [1, 1, 2] }, {}],
    ['with an axis of 0', 'Permute', map, { dims: [0, 1, 2] }, {}],
    ['with too few axes', 'Permute', map, { dims: [2, 1] }, {}],
    ['with negative padding', 'ZeroPadding2D', map, { padding: -1 }, {}],
    ['with padding of the wrong length', 'ZeroPadding2D', map, { padding: [[1, 1]] }, {}],
    ['with padding that is text', 'ZeroPadding2D', map, { padding: 'same' }, {}],
    ['without padding', 'ZeroPadding2D', map, {}, {}],
    [
      'with negative cropping',
      'Cropping2D',
      map,
      {
        cropping: [
          [-1, 0],
          [0, 0],
        ],
      },
      {},
    ],
    ['with a size of 0', 'UpSampling2D', map, { size: [0, 1] }, {}],
    ['with an unknown interpolation', 'UpSampling2D', map, { interpolation: 'lanczos' }, {}],
    ['without a scale', 'Rescaling', map, {}, {}],
    ['with a limit that is text', 'ReLU', map, { max_value: '6' }, {}],
  ])('%s: %s', async (_what, className, shape, config, weights) => {
    const topology = sequential([inputLayer(shape), layer(className, 'subject', config)]);
    await expect(load(topology, weights)).rejects.toThrow(at(/^ERR_INVALID_/));
  });

  it.each<[string, string, readonly number[], Json, Weights]>([
    ['an unknown class', 'Frobnicate', map, {}, {}],
    ['a class that is named like a property of objects', 'toString', map, {}, {}],
    ['the class __proto__', '__proto__', map, {}, {}],
    ['three spatial axes', 'Conv3D', [5, 5, 5, 1], {}, {}],
    ['a recurrent class', 'LSTM', [5, 2], {}, {}],
    ['an operation that is no layer', 'TFOpLambda', map, {}, {}],
    ['an unknown activation', 'Activation', map, { activation: 'toString' }, {}],
    [
      'an activation of an unknown class',
      'Activation',
      map,
      { activation: { class_name: 'X', config: {} } },
      {},
    ],
    ['an activation that is a list', 'Activation', map, { activation: ['relu'] }, {}],
    [
      'an activation in an activation',
      'Activation',
      map,
      { activation: { class_name: 'Activation', config: {} } },
      {},
    ],
    ['a threshold', 'ReLU', map, { threshold: 1 }, {}],
    ['the normalization of a middle axis', 'BatchNormalization', map, { axis: 2 }, {}],
    ['the normalization of several axes', 'LayerNormalization', map, { axis: [1, 2] }, {}],
    ['an output padding', 'Conv2DTranspose', map, { ...conv, output_padding: 1 }, {}],
  ])('that does not run here, with %s', async (_what, className, shape, config, weights) => {
    const topology = sequential([inputLayer(shape), layer(className, 'subject', config)]);
    await expect(load(topology, weights)).rejects.toThrow(at('ERR_UNSUPPORTED_OPERATOR'));
  });

  it.each<[string, string, Json]>([
    ['padding', 'ZeroPadding2D', { padding: 2 ** 40 }],
    ['repeats', 'UpSampling2D', { size: 2 ** 20 }],
  ])('that would take too much memory: %s', async (_what, className, config) => {
    const topology = sequential([inputLayer(map), layer(className, 'subject', config)]);
    await expect(load(topology)).rejects.toThrow(at('ERR_LIMIT_EXCEEDED'));
  });

  const two = (className: string, first: readonly number[], second: readonly number[], config: Json = {}) => {
    const layers = [inputLayer(first, 'a'), inputLayer(second, 'b')];
    return functional([...layers, layer(className, 'subject', config, ['a', 'b'])], ['a', 'b'], ['subject']);
  };

  it.each<[string, Json]>([
    ['maps that do not broadcast', two('Add', [5, 5, 2], [5, 4, 2])],
    ['maps that do not join', two('Concatenate', [5, 5, 2], [5, 4, 2])],
    ['an axis out of range', two('Concatenate', [5], [5], { axis: 2 })],
    ['two inputs where there is one', two('ReLU', [5], [5])],
    ['an input twice for a layer of one', two('Flatten', [5], [5])],
  ])('with %s', async (_what, topology) => {
    await expect(load(topology)).rejects.toThrow(at(/^ERR_INVALID_/));
  });

  it('with inputs of different ranks, or joined along the batch', async () => {
    await expect(load(two('Add', [5, 5, 2], [2]))).rejects.toThrow(at('ERR_UNSUPPORTED_OPERATOR'));
    const batches = two('Concatenate', [5], [5], { axis: 0 });
    await expect(load(batches)).rejects.toThrow(at('ERR_UNSUPPORTED_OPERATOR'));
  });

  it('without inputs', async () => {
    const lonely = { ...layer('Add', 'subject'), inbound_nodes: [[]] };
    await expect(load(functional([lonely], [], ['subject']))).rejects.toThrow(at('ERR_INVALID_MODEL'));
  });
});
