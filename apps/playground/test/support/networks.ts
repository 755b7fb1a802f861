import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/runner';

/** Between -0.5 and 0.5, the same each time. */
function values(dims: readonly number[], seed: number): Tensor {
  const size = dims.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + seed) / 2);
  return new Tensor('float32', data, dims);
}

const SAME = { pads: [1, 1, 1, 1] };

/** Two convolutions of 3 × 3 with a ReLU between, and the sigmoid of a map of one channel, as the output `output`. */
export const maskNetwork = (side: number) =>
  onnxModel({
    nodes: [
      node('Conv', ['input', 'w0'], ['c0'], SAME, 'first'),
      node('Relu', ['c0'], ['r0']),
      node('Conv', ['r0', 'w1'], ['c1'], SAME, 'second'),
      node('Sigmoid', ['c1'], ['output']),
    ],
    inputs: [valueInfo('input', 'float32', [1, 3, side, side])],
    outputs: [valueInfo('output', 'float32', [1, 1, side, side])],
    constants: { w0: values([8, 3, 3, 3], 0), w1: values([1, 8, 3, 3], 1) },
  });

/** `layers` convolutions with ReLU, then means of channels, which are no probabilities; its sides are open. */
export function classNetwork(channels: number, layers: number): Uint8Array {
  const indices = Array.from({ length: layers }, (_, i) => i);
  return onnxModel({
    nodes: [
      ...indices.flatMap((i) => [
        node('Conv', [`r${i}`, `w${i}`], [`c${i}`], SAME, `layer ${i}`),
        node('Relu', [`c${i}`], [`r${i + 1}`]),
      ]),
      node('GlobalAveragePool', [`r${layers}`], ['y']),
    ],
    inputs: [valueInfo('r0', 'float32', ['N', 3, 'H', 'W'])],
    outputs: [valueInfo('y', 'float32', ['N', channels, 1, 1])],
    constants: Object.fromEntries(
      indices.map((i) => [`w${i}`, values([channels, i === 0 ? 3 : channels, 3, 3], i)]),
    ),
  });
}

/** A convolution and means of its channels, whose input and output are floats of 16 bits. */
export const halfNetwork = (side: number) =>
  onnxModel({
    nodes: [
      node('Cast', ['x'], ['wide'], { to: 1 }),
      node('Conv', ['wide', 'w'], ['c'], SAME, 'conv'),
      node('Relu', ['c'], ['r']),
      node('GlobalAveragePool', ['r'], ['mean']),
      node('Cast', ['mean'], ['y'], { to: 10 }),
    ],
    inputs: [valueInfo('x', 'float16', [1, 3, side, side])],
    outputs: [valueInfo('y', 'float16', [1, 4, 1, 1])],
    constants: { w: values([4, 3, 3, 3], 0) },
  });

/** Sums two inputs, of which the playground has one. */
export const sumNetwork = () =>
  onnxModel({
    nodes: [node('Add', ['a', 'b'], ['y'])],
    inputs: ['a', 'b'].map((name) => valueInfo(name, 'float32', [1, 3, 8, 8])),
    outputs: [valueInfo('y', 'float32', [1, 3, 8, 8])],
    constants: {},
  });

/** A TensorFlow.js Layers model: a convolution to three classes with softmax, on images of `side`, and its weights. */
export function layersModel(side: number): { json: string; weights: Uint8Array } {
  const layers = [
    { class_name: 'InputLayer', config: { name: 'image', batch_input_shape: [null, side, side, 3] } },
    {
      class_name: 'Conv2D',
      config: { name: 'conv', filters: 3, kernel_size: 3, padding: 'same', activation: 'relu' },
    },
    { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } },
    { class_name: 'Softmax', config: { name: 'classes' } },
  ];
  const weights = [
    { name: 'conv/kernel', shape: [3, 3, 3, 3], dtype: 'float32' },
    { name: 'conv/bias', shape: [3], dtype: 'float32' },
  ];
  const json = JSON.stringify({
    modelTopology: { class_name: 'Sequential', config: { name: 'net', layers } },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  });
  return { json, weights: new Uint8Array(values([84], 2).data.buffer as ArrayBuffer) };
}
