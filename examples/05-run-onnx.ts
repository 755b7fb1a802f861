import { InferenceSession, isConvolutionTrace, Tensor } from '@zeroskip/runner';
import { node, onnxModel, valueInfo } from '@zeroskip/runner/onnx-writer';

// A network of one convolution that finds edges; a path to an ONNX file works as well.
const edges = [-1, -1, -1, -1, 8, -1, -1, -1, -1];
const model = onnxModel({
  nodes: [
    node('Conv', ['image', 'weights'], ['c'], { pads: [1, 1, 1, 1] }, 'edges'),
    node('Relu', ['c'], ['map']),
  ],
  inputs: [valueInfo('image', 'float32', [1, 2, 'H', 'W'])],
  outputs: [valueInfo('map', 'float32', [1, 1, 'H', 'W'])],
  constants: { weights: new Tensor('float32', [...edges, ...edges], [1, 2, 3, 3]) },
});
const session = await InferenceSession.create(model, { algorithm: 'cps' });
console.log('inputs:', session.inputNames.join(', '));

const square = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0];
const { map } = await session.run(
  { image: new Tensor('float32', [...square, ...square], [1, 2, 4, 4]) },
  {
    trace: (layers) => {
      for (const { name, algorithm, density } of layers.filter(isConvolutionTrace)) {
        console.log(`${name}: ${algorithm}, ${100 * density} % of the input is not zero`);
      }
    },
  },
);
console.log('edges:', map!.data.slice(4, 8).join(' '));
await session.release();
