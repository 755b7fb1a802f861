import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';

const kernel = Float32Array.from({ length: 18 }, (_, i) => (i % 5) - 2);

/** A convolution and a ReLU, from `image` 1 × 2 × H × W to `map` 1 × 1 × H × W; `extra` is a second output. */
export const model: Uint8Array = onnxModel({
  nodes: [
    node('Conv', ['image', 'w'], ['c'], { pads: [1, 1, 1, 1] }, 'edges'),
    node('Relu', ['c'], ['map'], {}, 'relu'),
    node('Neg', ['map'], ['extra'], {}, 'neg'),
  ],
  inputs: [valueInfo('image', 'float32', [1, 2, 'H', 'W'])],
  outputs: [valueInfo('map', 'float32', [1, 1, 'H', 'W']), valueInfo('extra', 'float32', [1, 1, 'H', 'W'])],
  constants: { w: new Tensor('float32', kernel, [1, 2, 3, 3]) },
});

/** The negative of `x`, of one element type. */
export function negative(type: 'int64' | 'float16' | 'float32' | 'int32'): Uint8Array {
  return onnxModel({
    nodes: [node('Neg', ['x'], ['y'])],
    inputs: [valueInfo('x', type, ['N'])],
    outputs: [valueInfo('y', type, ['N'])],
  });
}

/** `image` in a sequence `s`, and from it again as `y`. */
export const sequence: Uint8Array = onnxModel({
  nodes: [node('SequenceConstruct', ['image'], ['s']), node('ConcatFromSequence', ['s'], ['y'], { axis: 0 })],
  inputs: [valueInfo('image', 'float32', [1, 2, 4, 4])],
  outputs: [
    { name: 's', type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } },
    valueInfo('y', 'float32', [1, 2, 4, 4]),
  ],
});

/** Values for `image`, 1 × 2 × 4 × 4. */
export const pixels = (): Float32Array => Float32Array.from({ length: 32 }, (_, i) => (i * 7) % 5);
export const dims: readonly number[] = [1, 2, 4, 4];
