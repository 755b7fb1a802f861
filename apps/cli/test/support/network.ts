import { sparseValues } from '@zeroskip/test-utils';
import { type OnnxModel, onnxModel } from '../../src/onnx/model.ts';

type Dim = number | string;
const half = (dim: Dim) => (typeof dim === 'number' ? dim / 2 : `${dim}/2`);

/** Conv 3×3 (3 → 8), Relu, Conv 3×3 stride 2 (8 → 4), Sigmoid, on 1 × 3 × height × width. */
const twoConvolutions = (height: Dim = 16, width: Dim = 12): OnnxModel => ({
  inputs: { x: [1, 3, height, width] },
  outputs: { y: [1, 4, half(height), half(width)], features: [1, 8, height, width] },
  weights: {
    w1: { dims: [8, 3, 3, 3], values: sparseValues(8 * 27, 1, 1) },
    w2: { dims: [4, 8, 3, 3], values: sparseValues(4 * 72, 1, 2) },
  },
  nodes: [
    { op: 'Conv', name: 'first', inputs: ['x', 'w1'], outputs: ['c1'], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'Relu', name: 'relu', inputs: ['c1'], outputs: ['features'] },
    {
      op: 'Conv',
      name: 'second',
      inputs: ['features', 'w2'],
      outputs: ['c2'],
      attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
    },
    { op: 'Sigmoid', name: 'sigmoid', inputs: ['c2'], outputs: ['y'] },
  ],
});

export const twoConvolutionsModel = (height?: Dim, width?: Dim): Uint8Array =>
  onnxModel(twoConvolutions(height, width));

/** Its second node's operator does not exist. */
export const unknownOperatorModel = (): Uint8Array =>
  onnxModel({
    ...twoConvolutions(),
    nodes: twoConvolutions().nodes.map((node) =>
      node.name === 'relu' ? { ...node, op: 'Frobnicate' } : node,
    ),
  });
