import type { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { io, type ModelParts, node, valueInfo } from '../support/onnx.ts';
import { agrees, nodeRunsNatively, random } from './agreement.ts';

describe('convolution', () => {
  const conv = (x: Tensor, weights: Tensor, outDims: number[], attributes = {}) =>
    nodeRunsNatively('Conv', x, outDims, attributes, { w: weights, b: random([weights.dims[0]!], 20) });

  it('of one spatial axis', () =>
    conv(random([2, 4, 9], 21), random([6, 2, 3], 22), [2, 6, 5], { strides: [2], pads: [1, 1], group: 2 }));
  it('with strides, dilations and pads that differ', () =>
    conv(random([1, 3, 9, 11], 23), random([5, 3, 3, 2], 24), [1, 5, 4, 12], {
      strides: [2, 1],
      dilations: [1, 2],
      pads: [0, 1, 1, 2],
    }));
  it('with SAME_LOWER padding', () =>
    conv(random([1, 2, 5, 5], 25), random([3, 2, 2, 2], 26), [1, 3, 5, 5], { auto_pad: 'SAME_LOWER' }));
  it('per channel', () =>
    conv(random([2, 5, 6, 6], 27), random([5, 1, 3, 3], 28), [2, 5, 4, 4], { group: 5 }));

  it('with weights that are computed', async () => {
    const feeds = { x: random([1, 2, 5, 5], 29), w: random([3, 2, 3, 3], 30) };
    const inputs = [valueInfo('x', 'float32', [1, 2, 5, 5]), valueInfo('w', 'float32', [3, 2, 3, 3])];
    const parts = {
      nodes: [node('Conv', ['x', 'w'], ['y'])],
      inputs,
      outputs: [valueInfo('y', 'float32', [1, 3, 3, 3])],
    };
    await agrees(parts, feeds);
  });

  it('in residual blocks, whose sums are also parts of a concatenation and constants', async () => {
    const x = random([2, 4, 6, 5], 36);
    const same = { pads: [1, 1, 1, 1] };
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['x', 'w'], ['c'], same),
        node('Relu', ['c'], ['r']),
        node('Add', ['x', 'r'], ['s']),
        node('Conv', ['s', 'w'], ['d'], same),
        node('Conv', ['x', 'w'], ['e'], same),
        node('Add', ['d', 'e'], ['t']),
        node('Relu', ['t'], ['u']),
        node('Conv', ['u', 'w'], ['f'], same),
        node('Add', ['f', 'k'], ['v']),
        node('Concat', ['s', 'u', 'v'], ['y'], { axis: 1 }),
      ],
      ...io({ x: x.dims }, { y: [2, 12, 6, 5] }),
      constants: { w: random([4, 4, 3, 3], 37), k: random([2, 4, 6, 5], 38) },
    };
    const { layers } = await agrees(parts, { x });
    expect(layers.map(({ opType }) => opType)).not.toContain('Add');
  });
});
