import { InferenceSession, isConvolutionTrace, Tensor } from '@zeroskip/runner';
import { edges } from './edges.mjs';

// A path to an ONNX file works as well.
const session = await InferenceSession.create(edges, { algorithm: 'cps' });
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
