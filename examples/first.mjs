import { InferenceSession, isConvolutionTrace, Tensor } from '@zeroskip/runner';
import { edges } from './edges.mjs'; // a small network; the path of an ONNX file works as well

const session = await InferenceSession.create(edges, { algorithm: 'cps' });
const square = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0];
const image = new Tensor('float32', [...square, ...square], [1, 2, 4, 4]);
const trace = (layers) => console.log(layers.find(isConvolutionTrace).density);
const { map } = await session.run({ image }, { trace });
console.log(map.data);
