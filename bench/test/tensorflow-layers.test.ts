import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { io, setBackend, type Tensor as TfTensor, tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from '@zeroskip/runner';
import { seededRandom } from '@zeroskip/test-utils';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { largestDifference } from '../src/difference.ts';

let folder: string;

beforeAll(async () => {
  await setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'zeroskip-layers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const random = seededRandom(5);
const values = (count: number, min = -1) =>
  Float32Array.from({ length: count }, () => min + random() * (1 - min));

/** Gives every weight of a model random values; none is left at 0 or 1, where mistakes hide. */
function randomize(model: tf.LayersModel): void {
  const weights = model.getWeights().map((weight) => tensor(values(weight.size, 0.1), weight.shape));
  model.setWeights(weights);
}

/** Saves the model as TensorFlow.js does, and runs it there and in the runner. */
async function compare(model: tf.LayersModel): Promise<void> {
  randomize(model);
  let artifacts: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(saved) };
    }),
  );
  const path = join(folder, 'model.json');
  const weightsManifest = [{ paths: ['weights.bin'], weights: artifacts!.weightSpecs }];
  await writeFile(path, JSON.stringify({ modelTopology: artifacts!.modelTopology, weightsManifest }));
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(artifacts!.weightData as ArrayBuffer));

  const batch = 2;
  const shapes = model.inputs.map(({ shape }) => [batch, ...shape.slice(1).map((dim) => dim ?? 6)]);
  const data = shapes.map((dims) => values(dims.reduce((size, dim) => size * dim, 1)));
  const outputs = [
    model.predict(data.map((image, i) => tensor(image, shapes[i]!))) as TfTensor | TfTensor[],
  ].flat();

  await using session = await InferenceSession.create(path);
  const feeds = session.inputNames.map((name, i) => [name, new Tensor('float32', data[i]!, shapes[i]!)]);
  const results = await session.run(Object.fromEntries(feeds));
  expect(session.inputNames).toEqual(model.inputNames);
  expect(session.outputNames).toEqual(model.outputNames);
  for (const [i, name] of session.outputNames.entries()) {
    const result = results[name]!;
    expect(result.dims).toEqual(outputs[i]!.shape);
    expect(largestDifference(result.data as Float32Array, await outputs[i]!.data())).toBeLessThan(2e-5);
  }
  model.dispose();
}

const map = { inputShape: [7, 6, 3] };
const line = { inputShape: [9, 4] };
const vector = { inputShape: [5] };
const cases: Readonly<Record<string, () => tf.layers.Layer>> = {
  'Conv1D, same, strided': () =>
    tf.layers.conv1d({ ...line, filters: 5, kernelSize: 4, padding: 'same', strides: 2 }),
  'Conv2D, valid': () => tf.layers.conv2d({ ...map, filters: 4, kernelSize: [3, 2] }),
  'Conv2D, same, an even kernel and stride 2': () =>
    tf.layers.conv2d({ ...map, filters: 4, kernelSize: 4, strides: 2, padding: 'same', activation: 'relu' }),
  'Conv2D, dilated, without bias': () =>
    tf.layers.conv2d({ ...map, filters: 4, kernelSize: 2, dilationRate: [2, 1], useBias: false }),
  'Conv2D, channels first': () =>
    tf.layers.conv2d({ inputShape: [3, 7, 6], filters: 4, kernelSize: 3, dataFormat: 'channelsFirst' }),
  DepthwiseConv2D: () =>
    tf.layers.depthwiseConv2d({ ...map, kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
  SeparableConv2D: () =>
    tf.layers.separableConv2d({ ...map, filters: 5, kernelSize: 3, depthMultiplier: 2, activation: 'relu6' }),
  'Conv2DTranspose, same': () =>
    tf.layers.conv2dTranspose({ ...map, filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
  'Conv2DTranspose, valid': () =>
    tf.layers.conv2dTranspose({ ...map, filters: 4, kernelSize: [4, 3], strides: [2, 3] }),
  'Conv2DTranspose, same, an even kernel': () =>
    tf.layers.conv2dTranspose({ ...map, filters: 2, kernelSize: 4, strides: 1, padding: 'same' }),
  'Conv2DTranspose, a kernel smaller than the strides': () =>
    tf.layers.conv2dTranspose({ ...map, filters: 2, kernelSize: 2, strides: 3 }),
  'Conv2DTranspose, same, a kernel smaller than the strides': () =>
    tf.layers.conv2dTranspose({ ...map, filters: 2, kernelSize: 1, strides: 3, padding: 'same' }),
  'Dense on a vector': () => tf.layers.dense({ ...vector, units: 3, activation: 'softmax' }),
  'Dense on a map': () => tf.layers.dense({ ...map, units: 2 }),
  'Dense without bias on a line': () => tf.layers.dense({ ...line, units: 2, useBias: false }),
  BatchNormalization: () => tf.layers.batchNormalization(map),
  'BatchNormalization of a vector, without scale and shift': () =>
    tf.layers.batchNormalization({ ...vector, scale: false, center: false, epsilon: 0.01 }),
  LayerNormalization: () => tf.layers.layerNormalization({ ...map, epsilon: 1e-2 }),
  'MaxPooling1D, same': () => tf.layers.maxPooling1d({ ...line, poolSize: 2, strides: 2, padding: 'same' }),
  'AveragePooling1D, valid': () => tf.layers.averagePooling1d({ ...line, poolSize: 3, strides: 1 }),
  'MaxPooling2D, valid': () => tf.layers.maxPooling2d(map),
  'AveragePooling2D, same': () =>
    tf.layers.averagePooling2d({ ...map, poolSize: 3, strides: 1, padding: 'same' }),
  GlobalAveragePooling1D: () => tf.layers.globalAveragePooling1d(line),
  GlobalMaxPooling1D: () => tf.layers.globalMaxPooling1d(line),
  GlobalAveragePooling2D: () => tf.layers.globalAveragePooling2d(map as object),
  GlobalMaxPooling2D: () => tf.layers.globalMaxPooling2d(map as object),
  'GlobalMaxPooling2D, channels first': () =>
    tf.layers.globalMaxPooling2d({ ...map, dataFormat: 'channelsFirst' } as object),
  'ReLU, unlimited': () => tf.layers.reLU(map),
  'ReLU, limited': () => tf.layers.reLU({ ...map, maxValue: 0.5 }),
  LeakyReLU: () => tf.layers.leakyReLU({ ...map, alpha: 0.2 }),
  'PReLU with a slope per element': () => tf.layers.prelu(map as object),
  'PReLU with a slope per channel': () => tf.layers.prelu({ ...map, sharedAxes: [1, 2] }),
  ELU: () => tf.layers.elu(map as object),
  ThresholdedReLU: () => tf.layers.thresholdedReLU({ ...map, theta: 0.3 }),
  Softmax: () => tf.layers.softmax({ ...map, axis: -1 }),
  'Flatten of a map': () => tf.layers.flatten(map as object),
  'Flatten, channels first': () => tf.layers.flatten({ ...map, dataFormat: 'channelsFirst' } as object),
  Reshape: () => tf.layers.reshape({ ...map, targetShape: [21, 6] }),
  'Reshape with a size left open': () => tf.layers.reshape({ ...map, targetShape: [3, -1, 2] }),
  Permute: () => tf.layers.permute({ ...map, dims: [3, 1, 2] }),
  ZeroPadding2D: () =>
    tf.layers.zeroPadding2d({
      ...map,
      padding: [
        [1, 2],
        [0, 3],
      ],
    }),
  'ZeroPadding2D, one number': () => tf.layers.zeroPadding2d({ ...map, padding: 2 }),
  Cropping2D: () =>
    tf.layers.cropping2D({
      ...map,
      cropping: [
        [1, 2],
        [0, 3],
      ],
    }),
  'UpSampling2D, nearest': () => tf.layers.upSampling2d({ ...map, size: [2, 3] }),
  'UpSampling2D, bilinear': () => tf.layers.upSampling2d({ ...map, size: [2, 3], interpolation: 'bilinear' }),
  Dropout: () => tf.layers.dropout({ ...map, rate: 0.5 }),
  SpatialDropout1D: () => tf.layers.spatialDropout1d({ ...line, rate: 0.5 }),
  GaussianNoise: () => tf.layers.gaussianNoise({ ...map, stddev: 1 }),
  GaussianDropout: () => tf.layers.gaussianDropout({ ...map, rate: 0.5 }),
  AlphaDropout: () => tf.layers.alphaDropout({ ...map, rate: 0.5 }),
  Rescaling: () => tf.layers.rescaling({ ...map, scale: 2, offset: -0.5 }),
};

it.each(Object.entries(cases))('%s gives what TensorFlow.js gives', async (_name, layer) => {
  await compare(tf.sequential({ layers: [layer()] }));
});

const activations = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'logSoftmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;

it.each(activations)('the activation %s gives what TensorFlow.js gives', async (activation) => {
  await compare(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ ...map, filters: 3, kernelSize: 1, activation: activation as 'relu' }),
        tf.layers.activation({ activation: activation as 'relu' }),
      ],
    }),
  );
});

const merges = {
  add: tf.layers.add,
  average: tf.layers.average,
  multiply: tf.layers.multiply,
  maximum: tf.layers.maximum,
  minimum: tf.layers.minimum,
  concatenate: tf.layers.concatenate,
} as const;

it.each(Object.entries(merges))('%s of three maps gives what TensorFlow.js gives', async (_name, merge) => {
  const inputs = [1, 2, 3].map(() => tf.input({ shape: [4, 5, 3] }));
  const filtered = tf.layers.conv2d({ filters: 3, kernelSize: 1 }).apply(inputs[1]!) as tf.SymbolicTensor;
  const merged = merge({}).apply([inputs[0]!, filtered, inputs[2]!]) as tf.SymbolicTensor;
  await compare(tf.model({ inputs, outputs: merged }));
});

it('a concatenation of rows gives what TensorFlow.js gives', async () => {
  const inputs = [2, 3].map((rows) => tf.input({ shape: [rows, 5, 3] }));
  const joined = tf.layers.concatenate({ axis: 1 }).apply(inputs) as tf.SymbolicTensor;
  await compare(tf.model({ inputs, outputs: joined }));
});

it('scales per channel, as squeeze and excitation do, give what TensorFlow.js gives', async () => {
  const input = tf.input({ shape: [6, 5, 4] });
  const pooled = tf.layers.globalAveragePooling2d({}).apply(input) as tf.SymbolicTensor;
  const point = tf.layers.reshape({ targetShape: [1, 1, 4] }).apply(pooled) as tf.SymbolicTensor;
  const gate = tf.layers.conv2d({ filters: 4, kernelSize: 1, activation: 'sigmoid' }).apply(point);
  const scaled = tf.layers.multiply().apply([input, gate as tf.SymbolicTensor]) as tf.SymbolicTensor;
  await compare(tf.model({ inputs: input, outputs: scaled }));
});

it('a layer that is used twice gives what TensorFlow.js gives', async () => {
  const inputs = [1, 2].map(() => tf.input({ shape: [6, 5, 3] }));
  const shared = tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' });
  const [first, second] = inputs.map((input) => shared.apply(input) as tf.SymbolicTensor);
  const again = shared.apply(tf.layers.add().apply([first!, second!]) as tf.SymbolicTensor);
  await compare(tf.model({ inputs, outputs: again as tf.SymbolicTensor }));
});

it('models inside models give what TensorFlow.js gives', async () => {
  const inner = tf.input({ shape: [6, 5, 3] });
  const features = tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }).apply(inner);
  const functional = tf.model({ inputs: inner, outputs: features as tf.SymbolicTensor });
  const head = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [6, 5, 3] }),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
  const input = tf.input({ shape: [6, 5, 3] });
  const twice = functional.apply(functional.apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor;
  await compare(tf.model({ inputs: input, outputs: head.apply(twice) as tf.SymbolicTensor }));
});

it('a sequence that begins with a model gives what TensorFlow.js gives', async () => {
  const input = tf.input({ shape: [6, 5, 3] });
  const features = tf.layers.conv2d({ filters: 2, kernelSize: 3 }).apply(input) as tf.SymbolicTensor;
  const base = tf.model({ inputs: input, outputs: features });
  await compare(tf.sequential({ layers: [base, tf.layers.globalAveragePooling2d({})] }));
});

it('several outputs, one of them inside the network, give what TensorFlow.js gives', async () => {
  const input = tf.input({ shape: [6, 5, 3] });
  const features = tf.layers.conv2d({ filters: 2, kernelSize: 3 }).apply(input) as tf.SymbolicTensor;
  const flat = tf.layers.flatten().apply(features) as tf.SymbolicTensor;
  const classes = tf.layers.dense({ units: 3, activation: 'softmax' }).apply(flat) as tf.SymbolicTensor;
  await compare(tf.model({ inputs: input, outputs: [features, classes] }));
});

it('open heights and widths give what TensorFlow.js gives', async () => {
  const input = tf.input({ shape: [null, null, 3] });
  const features = tf.layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', strides: 2 }).apply(input);
  await compare(tf.model({ inputs: input, outputs: features as tf.SymbolicTensor }));
});
