import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/runner';

/** Weights between -1 and 1, the same each time, such that values keep their size from layer to layer. */
function weights(dims: readonly [number, number, number, number], seed: number): Tensor {
  const [channels, inputs, height, width] = dims;
  const products = inputs * height * width;
  const values = Float32Array.from({ length: channels * products }, (_, i) => {
    const digits = Math.sin(i * 12.9898 + seed) * 43758.5453;
    return (2 * (digits - Math.floor(digits)) - 1) * Math.sqrt(6 / products);
  });
  return new Tensor('float32', values, dims);
}

/** As `program.js` makes the input of run `seed`. */
export function input(dims: readonly number[], seed: number): Tensor {
  const size = dims.reduce((a, b) => a * b, 1);
  return new Tensor(
    'float32',
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + seed)),
    dims,
  );
}

/** `layers` convolutions of 3×3 with ReLU, then means: what takes long, by its number of layers. */
export function network(channels: number, layers: number): Uint8Array {
  const names = Array.from({ length: layers }, (_, i) => i);
  const channelsOf = (layer: number) => (layer === 0 ? 3 : channels);
  return onnxModel({
    nodes: [
      ...names.flatMap((i) => [
        node('Conv', [`r${i}`, `w${i}`], [`c${i}`], { pads: [1, 1, 1, 1] }, `layer ${i}`),
        node('Relu', [`c${i}`], [`r${i + 1}`]),
      ]),
      node('GlobalAveragePool', [`r${layers}`], ['y']),
    ],
    inputs: [valueInfo('r0', 'float32', ['N', 3, 'H', 'W'])],
    outputs: [valueInfo('y', 'float32', ['N', channels, 1, 1])],
    constants: Object.fromEntries(names.map((i) => [`w${i}`, weights([channels, channelsOf(i), 3, 3], i)])),
  });
}
