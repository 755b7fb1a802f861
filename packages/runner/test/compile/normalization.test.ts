import { describe, it } from 'vitest';
import { float32 } from '../support/onnx.ts';
import { nodeAgrees, nodeRunsNatively, positive, random } from './agreement.ts';

describe('normalization', () => {
  const x = random([2, 6, 4, 5], 50);
  const vectors = { a: random([6], 51, 1), b: random([6], 52, 1) };
  it('BatchNormalization', () =>
    nodeRunsNatively(
      'BatchNormalization',
      x,
      x.dims,
      {},
      { ...vectors, m: random([6], 53), v: positive([6], 54) },
    ));
  it('InstanceNormalization', () => nodeRunsNatively('InstanceNormalization', x, x.dims, {}, vectors));
  it.each([[3], [4], [11]])('LRN over %d channels', (size) =>
    nodeRunsNatively('LRN', x, x.dims, { size, alpha: { float: 0.1 } }),
  );
  it('LRN over so many channels that weights between all of them would fill the memory', () => {
    const wide = random([1, 40_000, 1, 1], 59);
    return nodeAgrees('LRN', wide, wide.dims, { size: 5 });
  });
  it.each([
    ['of its last axis', { axis: -1 }, [5]],
    ['of its last two axes', { axis: 2 }, [4, 5]],
  ] as const)('LayerNormalization %s', (_what, attributes, dims) => {
    const constants = { a: random(dims, 55), b: random(dims, 56) };
    return nodeRunsNatively('LayerNormalization', x, x.dims, attributes, constants);
  });
  it('LayerNormalization without a bias', () =>
    nodeRunsNatively('LayerNormalization', x, x.dims, {}, { a: random([5], 55) }));
  it('LayerNormalization whose scale has one value for all', () =>
    nodeAgrees('LayerNormalization', x, x.dims, {}, { a: random([1], 55), b: random([5], 56) }));
  it('RMSNormalization', () =>
    nodeRunsNatively('RMSNormalization', x, x.dims, {}, { a: random([5], 57) }, 23));
  it('a square by Pow', () => nodeRunsNatively('Pow', x, x.dims, {}, { two: float32([], [2]) }));
  it('GroupNormalization', () => nodeAgrees('GroupNormalization', x, x.dims, { num_groups: 3 }, vectors, 21));
  it.each([[1], [2]])('Softmax over axis %d', (axis) => nodeAgrees('Softmax', x, x.dims, { axis }));
  it.each([[1], [-1]])('Softmax over axis %d runs natively', (axis) =>
    nodeRunsNatively('Softmax', x, x.dims, { axis }),
  );
  it('Softmax over all axes from the second on, before operator set 13', () =>
    nodeRunsNatively('Softmax', x, x.dims, { axis: 1 }, {}, 11));
});
