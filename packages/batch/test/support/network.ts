import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';

type Dim = number | string;
const float = (name: string, dims: readonly Dim[]) => valueInfo(name, 'float32', dims);

interface NetworkOptions {
  readonly batch?: Dim;
  readonly height?: Dim;
  readonly width?: Dim;
}

/** Of batch × 3 × height × width: a mask of one channel (the first output), and the scores of four classes. */
export const network = ({ batch = 1, height = 16, width = 12 }: NetworkOptions = {}): Uint8Array =>
  onnxModel({
    inputs: [float('image', [batch, 3, height, width])],
    outputs: [float('mask', [batch, 1, height, width]), float('scores', [batch, 4, 1, 1])],
    constants: {
      w1: new Tensor('float32', sparseValues(4 * 27, 1, 1), [4, 3, 3, 3]),
      w2: new Tensor('float32', sparseValues(4 * 9, 1, 2), [1, 4, 3, 3]),
    },
    nodes: [
      node('Conv', ['image', 'w1'], ['c1'], { pads: [1, 1, 1, 1] }, 'first'),
      node('Relu', ['c1'], ['features'], {}, 'relu'),
      node('Conv', ['features', 'w2'], ['c2'], { pads: [1, 1, 1, 1] }, 'second'),
      node('Sigmoid', ['c2'], ['mask'], {}, 'sigmoid'),
      node('GlobalAveragePool', ['features'], ['scores'], {}, 'pool'),
    ],
  });
