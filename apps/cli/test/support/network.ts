import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';

type Dim = number | string;
const half = (dim: Dim) => (typeof dim === 'number' ? dim / 2 : `${dim}/2`);
const float = (name: string, dims: readonly Dim[]) => valueInfo(name, 'float32', dims);

/** Conv 3×3 (3 → 8), Relu, Conv 3×3 stride 2 (8 → 4), Sigmoid, on 1 × 3 × height × width. */
export const twoConvolutionsModel = (height: Dim = 16, width: Dim = 12, relu = 'Relu'): Uint8Array =>
  onnxModel({
    inputs: [float('x', [1, 3, height, width])],
    outputs: [float('y', [1, 4, half(height), half(width)]), float('features', [1, 8, height, width])],
    constants: {
      w1: new Tensor('float32', sparseValues(8 * 27, 1, 1), [8, 3, 3, 3]),
      w2: new Tensor('float32', sparseValues(4 * 72, 1, 2), [4, 8, 3, 3]),
    },
    nodes: [
      node('Conv', ['x', 'w1'], ['c1'], { pads: [1, 1, 1, 1] }, 'first'),
      node(relu, ['c1'], ['features'], {}, 'relu'),
      node('Conv', ['features', 'w2'], ['c2'], { pads: [1, 1, 1, 1], strides: [2, 2] }, 'second'),
      node('Sigmoid', ['c2'], ['y'], {}, 'sigmoid'),
    ],
  });

/** Its second node's operator does not exist. */
export const unknownOperatorModel = (): Uint8Array => twoConvolutionsModel(16, 12, 'Frobnicate');

/** Scores of eight classes, 1 × 8 × 1 × 1, for an image of 1 × 3 × size × size. */
export const scoresModel = (size: number): Uint8Array =>
  onnxModel({
    inputs: [float('x', [1, 3, size, size])],
    outputs: [float('scores', [1, 8, 1, 1])],
    constants: { w1: new Tensor('float32', sparseValues(8 * 27, 1, 1), [8, 3, 3, 3]) },
    nodes: [
      node('Conv', ['x', 'w1'], ['c1'], { pads: [1, 1, 1, 1] }, 'first'),
      node('Relu', ['c1'], ['features'], {}, 'relu'),
      node('GlobalAveragePool', ['features'], ['scores'], {}, 'pool'),
    ],
  });
