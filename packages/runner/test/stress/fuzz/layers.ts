import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from '../../../src/index.ts';
import { functional, inputLayer, layer, layersModel, sequential } from '../../tfjs/layers-model.ts';
import { runOnce } from './run-once.ts';
import { bytesText, type FuzzTarget, jsonBytes, mutateJson, withoutPlaces } from './target.ts';

const limits = { maxRunBytes: 2 ** 20, maxFoldedBytes: 2 ** 20, maxNodes: 1000 };

const conv = { filters: 4, kernel_size: [3, 3], strides: [1, 1], padding: 'same', dilation_rate: [1, 1] };
const common = { trainable: true, activation: 'relu', use_bias: true, data_format: 'channels_last' };

const block = functional(
  [
    inputLayer([null, null, 4], 'in'),
    layer('DepthwiseConv2D', 'dw', { kernel_size: 3, depth_multiplier: 1, ...common, use_bias: false }, [
      'in',
    ]),
    layer(
      'ZeroPadding2D',
      'pad',
      {
        padding: [
          [1, 1],
          [1, 1],
        ],
      },
      ['dw'],
    ),
    layer('BatchNormalization', 'bn', { axis: [3], epsilon: 0.001, scale: false, center: false }, ['pad']),
    layer('Add', 'add', {}, ['bn', 'in']),
  ],
  ['in'],
  ['add'],
);
const models = [
  layersModel(
    functional(
      [
        inputLayer([6, 6, 2]),
        layer('Conv2D', 'conv', { ...conv, ...common }, ['x']),
        { ...layer('Functional', 'block', {}, ['conv']), config: block.config },
        layer('MaxPooling2D', 'pool', { pool_size: [2, 2], strides: null, padding: 'valid' }, ['block']),
        layer('UpSampling2D', 'up', { size: [2, 2], interpolation: 'bilinear' }, ['pool']),
        layer('Concatenate', 'join', { axis: -1 }, ['up', 'conv']),
        layer(
          'Cropping2D',
          'crop',
          {
            cropping: [
              [1, 0],
              [0, 1],
            ],
          },
          ['join'],
        ),
      ],
      ['x'],
      ['crop'],
    ),
    {
      'conv/kernel': { shape: [3, 3, 2, 4] },
      'conv/bias': { shape: [4] },
      'dw/depthwise_kernel': { shape: [3, 3, 4, 1] },
      'bn/moving_mean': { shape: [4] },
      'bn/moving_variance': { shape: [4] },
    },
  ),
  layersModel(
    sequential([
      inputLayer([6, 6, 2]),
      layer('Conv2DTranspose', 'up', { ...conv, ...common, strides: 2 }),
      layer('PReLU', 'slope', { shared_axes: [1, 2] }),
      layer('Reshape', 'rows', { target_shape: [-1, 4] }),
      layer('Permute', 'turned', { dims: [2, 1] }),
      layer('Softmax', 'share', { axis: 1 }),
      layer('Flatten', 'flat', { data_format: 'channels_last' }),
      layer('Dense', 'dense', { units: 3, use_bias: true, activation: 'softmax' }),
      layer('Dropout', 'drop', { rate: 0.5 }),
    ]),
    {
      'up/kernel': { shape: [3, 3, 4, 2] },
      'up/bias': { shape: [4] },
      'slope/alpha': { shape: [1, 1, 4] },
      'dense/kernel': { shape: [576, 3] },
      'dense/bias': { shape: [3] },
    },
  ),
  layersModel(
    functional(
      [
        inputLayer([6, 6, 2]),
        layer('SeparableConv2D', 'sep', { ...conv, ...common, depth_multiplier: 2, padding: 'valid' }, ['x']),
        layer('ReLU', 'relu', { max_value: 6, negative_slope: 0, threshold: 0 }, ['sep']),
        layer('AveragePooling2D', 'mean', { pool_size: 3, strides: 1, padding: 'same' }, ['relu']),
        layer('Multiply', 'product', {}, ['mean', 'relu']),
        layer('LayerNormalization', 'norm', { axis: [3], epsilon: 0.001, center: false, scale: true }, [
          'product',
        ]),
        layer('GlobalAveragePooling2D', 'pooled', { data_format: 'channels_last', keepdims: false }, [
          'norm',
        ]),
        layer('Activation', 'end', { activation: 'sigmoid' }, ['pooled']),
      ],
      ['x'],
      ['end', 'relu'],
    ),
    {
      'sep/depthwise_kernel': { shape: [3, 3, 2, 2] },
      'sep/pointwise_kernel': { shape: [1, 1, 4, 4] },
      'sep/bias': { shape: [4] },
      'norm/gamma': { shape: [4] },
    },
  ),
];

const others = [
  null,
  true,
  false,
  0,
  1,
  -1,
  2,
  3,
  7,
  0.5,
  1e300,
  2 ** 31,
  2 ** 53,
  -(2 ** 40),
  '',
  'x',
  'same',
  'valid',
  'causal',
  'channels_first',
  'conv',
  'in',
  'relu',
  'elu',
  'float16',
  'Functional',
  'Sequential',
  'Add',
  'Conv1D',
  '__proto__',
  'constructor',
  [],
  {},
  [[]],
  [1, 1],
  [
    [1, 2],
    [3, 4],
  ],
  ['x', 0, 0],
  [null, 6, 6, 2],
  { class_name: 'LeakyReLU', config: { alpha: 0.1 } },
  { dtype: 'uint8', scale: 0.1, min: -1 },
  { dtype: 'float16' },
];

/**
 * The largest of the models' weights serve all of them: names and sizes come from the manifest, which is part of the
 * input.
 */
const weights = models.map(({ weights }) => weights);
const folders = new Map<number, string>();

/** A folder with the weights of the model whose manifest has this many bytes, made once per process. */
function folderFor(size: number): string {
  const known = folders.get(size);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'weights.bin'), weights.find(({ length }) => length === size) ?? weights[0]!);
  folders.set(size, folder);
  return folder;
}

/** Which weights lie beside an input: those of the model that it was made from, as far as its names tell. */
function weightsFor(text: string): number {
  const index = text.includes('"conv/') ? 0 : text.includes('"up/') ? 1 : 2;
  return weights[index]!.length;
}

async function attempt(input: Uint8Array): Promise<void> {
  const folder = folderFor(weightsFor(bytesText(input)));
  const path = join(folder, 'model.json');
  writeFileSync(path, input);
  await using session = await InferenceSession.create(path, { intraOpNumThreads: 1, limits });
  await runOnce(session);
}

export const layers: FuzzTarget = {
  name: 'layers',
  guided: true,
  simpler: withoutPlaces,
  seeds: models.map(({ json }) => jsonBytes(json)),
  mutate: (parent, other, random) => mutateJson(parent, other, others, random),
  attempt,
};
