import { describe, it } from 'vitest';
import { io, type ModelParts, node } from '../support/onnx.ts';
import { nodeAgrees, nodeRunsNatively, random, runsNatively } from './agreement.ts';

describe('matrices', () => {
  it.each([
    ['plain', {}, [7, 5]],
    ['transposed weights', { transB: 1 }, [5, 7]],
    ['alpha and beta', { alpha: { float: 0.5 }, beta: { float: 2 } }, [7, 5]],
  ])('Gemm, %s', (_case, attributes, dims) => {
    const x = random([3, 7], 60);
    return nodeRunsNatively('Gemm', x, [3, 5], attributes, { w: random(dims, 61), b: random([5], 62) });
  });
  it('Gemm with an addend per row', () => {
    const x = random([3, 7], 63);
    return nodeAgrees('Gemm', x, [3, 5], {}, { w: random([7, 5], 64), b: random([3, 1], 65) });
  });
  it.each([[[2, 3, 7]], [[7]], [[2, 2, 3, 7]]])('MatMul of %j by constant weights', (dims) => {
    const x = random(dims, 66);
    return nodeRunsNatively('MatMul', x, [...dims.slice(0, -1), 5], {}, { w: random([7, 5], 67) });
  });
  it('a classifier: convolution, flattening, two products', () => {
    const x = random([2, 3, 6, 6], 68);
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['x', 'w'], ['c']),
        node('Relu', ['c'], ['r']),
        node('Flatten', ['r'], ['f']),
        node('Gemm', ['f', 'w1', 'b1'], ['g']),
        node('Relu', ['g'], ['h']),
        node('MatMul', ['h', 'w2'], ['m']),
        node('Add', ['m', 'b2'], ['a']),
        node('Softmax', ['a'], ['y']),
      ],
      ...io({ x: x.dims }, { y: [2, 10] }),
      constants: {
        w: random([4, 3, 3, 3], 69),
        w1: random([64, 12], 70),
        b1: random([12], 71),
        w2: random([12, 10], 72),
        b2: random([10], 73),
      },
    };
    return runsNatively(parts, x);
  });
});
