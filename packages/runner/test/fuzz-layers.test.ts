import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@zeroskip/test-utils';
import { expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../src/index.ts';
import {
  functional,
  inFolder,
  inputLayer,
  type Json,
  layer,
  layersModel,
  sequential,
} from './layers-model.ts';

const RUNS = Number(process.env.ZEROSKIP_FUZZ_RUNS ?? 1000);
const SEED = Number(process.env.ZEROSKIP_FUZZ_SEED ?? 1);

const coded = /^ERR_(INVALID_(ARGUMENT|SHAPE|TYPE|MODEL)|LIMIT_EXCEEDED|UNSUPPORTED_(OPERATOR|TYPE)|FILE)$/;
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

/** Every place in the file: what holds it, and its key. */
function places(value: unknown, found: [Json, string][] = []): [Json, string][] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push([value as Json, key]);
    places((value as Json)[key], found);
  }
  return found;
}

/** Changes one place of the file, at random. */
function mutate(json: Json, random: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const all = places(json);
  const [holder, key] = pick(all);
  const mutations: (() => void)[] = [
    () => {
      holder[key] = structuredClone(pick(others));
    },
    () => {
      const [other, name] = pick(all);
      holder[key] = structuredClone(other[name]);
    },
    () => {
      const value = holder[key];
      if (typeof value === 'number') holder[key] = value + pick([1, -1, 0.5, 2 ** 32]);
      else if (Array.isArray(value)) holder[key] = random() < 0.5 ? value.slice(1) : [...value, pick(others)];
      else holder[key] = structuredClone(pick(others));
    },
    () => {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    },
  ];
  pick(mutations)();
}

async function attempt(path: string): Promise<void> {
  await using session = await InferenceSession.create(path, { intraOpNumThreads: 1, limits });
  const feeds = session.inputMetadata.map(({ name, shape }) => {
    const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 2));
    const size = dims.reduce((product, dim) => product * dim, 1);
    return size > 10_000
      ? undefined
      : ([name, new Tensor('float32', new Float32Array(size).fill(0.5), dims)] as const);
  });
  if (!feeds.includes(undefined)) await session.run(Object.fromEntries(feeds.map((feed) => feed!)));
}

it('the models that are changed run as they are', async () => {
  await inFolder(async (folder) => {
    for (const { json, weights } of models) {
      writeFileSync(join(folder, 'weights.bin'), weights);
      writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
      await expect(attempt(join(folder, 'model.json'))).resolves.toBeUndefined();
    }
  });
});

it(`answers ${RUNS} models with changed fields by a result or a coded error (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  await inFolder(async (folder) => {
    const path = join(folder, 'model.json');
    for (let run = 0; run < RUNS; run++) {
      const { json, weights } = models[run % models.length]!;
      const changed = structuredClone(json);
      for (let count = 1 + Math.floor(random() * 2); count > 0; count--) mutate(changed, random);
      writeFileSync(path, JSON.stringify(changed));
      writeFileSync(join(folder, 'weights.bin'), weights);
      try {
        await attempt(path);
      } catch (error) {
        const text = `run ${run}: ${(error as Error).stack}\n${JSON.stringify(changed)}`;
        expect(String((error as { code?: string }).code), text).toMatch(coded);
      }
    }
  });
});
