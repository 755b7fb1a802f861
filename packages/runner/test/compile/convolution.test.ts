import type { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { io, type ModelParts, node, valueInfo } from '../support/onnx.ts';
import { agrees, nodeAgrees, nodeRunsNatively, random, runsNatively, single } from './agreement.ts';

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

  it.each([
    ['stride 1', { strides: [1, 1] }, [1, 4, 7, 7]],
    ['stride 2', { strides: [2, 2] }, [1, 4, 11, 11]],
    [
      'pads and output padding',
      { strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 1] },
      [1, 4, 11, 15],
    ],
    ['dilations and groups', { strides: [2, 2], dilations: [2, 1], group: 1 }, [1, 4, 13, 11]],
    ['pads beyond the kernel', { strides: [1, 1], pads: [3, 3, 0, 0] }, [1, 4, 4, 4]],
  ])('transposed, with %s', (_case, attributes, outDims) => {
    const x = random([1, 3, 5, 5], 31);
    return nodeAgrees('ConvTranspose', x, outDims, attributes, {
      w: random([3, 4, 3, 3], 32),
      b: random([4], 33),
    });
  });

  it('transposed, with a stride, runs natively', () => {
    const x = random([1, 4, 5, 6], 34);
    const parts = single(
      'ConvTranspose',
      x,
      [1, 6, 10, 12],
      { strides: [2, 2], group: 2 },
      { w: random([4, 3, 2, 2], 35) },
    );
    return runsNatively(parts, x);
  });
});
