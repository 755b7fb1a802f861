import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';

const filter = [-1, -1, -1, -1, 8, -1, -1, -1, -1];

/** An ONNX file of one convolution and a ReLU, which finds the edges in two channels together. */
export const edges = onnxModel({
  nodes: [
    node('Conv', ['image', 'weights'], ['c'], { pads: [1, 1, 1, 1] }, 'edges'),
    node('Relu', ['c'], ['map']),
  ],
  inputs: [valueInfo('image', 'float32', [1, 2, 'H', 'W'])],
  outputs: [valueInfo('map', 'float32', [1, 1, 'H', 'W'])],
  constants: { weights: new Tensor('float32', [...filter, ...filter], [1, 2, 3, 3]) },
});
