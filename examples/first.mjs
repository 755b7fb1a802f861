import { InferenceSession, isConvolutionTrace, Tensor } from '@zeroskip/runner';

const session = await InferenceSession.create('examples/edges.onnx', { algorithm: 'cps' });
const square = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0];
const image = new Tensor('float32', [...square, ...square], [1, 2, 4, 4]);
const trace = (layers) => console.log(layers.find(isConvolutionTrace).density);
const { map } = await session.run({ image }, { trace });
console.log(map.data);
