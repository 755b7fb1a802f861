import { InferenceSession, type SessionOptions } from '../../src/index.ts';
import { io, type ModelParts, model, node, random as values } from '../support/onnx.ts';
import { traced } from '../support/run.ts';

export const random = (dims: readonly number[], seed: number, density = 0.5) => values(dims, seed, density);

/** Two convolutions with ReLU, a pooling and a classifier, for any batch, height and width. */
export const network: ModelParts = {
  nodes: [
    node('Conv', ['image', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, 'first'),
    node('Relu', ['c1'], ['r1']),
    node('Conv', ['r1', 'w2'], ['features'], { pads: [1, 1, 1, 1] }, 'second'),
    node('Relu', ['features'], ['r2']),
    node('GlobalAveragePool', ['r2'], ['pooled']),
    node('Flatten', ['pooled'], ['flat']),
    node('Gemm', ['flat', 'w3'], ['scores'], {}, 'scores'),
  ],
  ...io({ image: ['N', 3, 'H', 'W'] }, { scores: ['N', 5], features: ['N', 20, 'H', 'W'] }),
  constants: {
    w1: random([18, 3, 3, 3], 1, 1),
    b1: random([18], 2),
    w2: random([20, 18, 3, 3], 3, 1),
    w3: random([20, 5], 4, 1),
  },
};
export const bytes = model(network);
export const image = random([1, 3, 13, 17], 5);

export const create = (options?: SessionOptions) => InferenceSession.create(bytes, options);

export async function traceOf(session: InferenceSession, feed = image) {
  return (await traced(session, { image: feed })).layers;
}
