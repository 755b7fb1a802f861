import { describe, it } from 'vitest';
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
  it('LayerNormalization', () =>
    nodeAgrees('LayerNormalization', x, x.dims, {}, { a: random([5], 55), b: random([5], 56) }));
  it('GroupNormalization', () => nodeAgrees('GroupNormalization', x, x.dims, { num_groups: 3 }, vectors, 21));
  it.each([[1], [2]])('Softmax over axis %d', (axis) => nodeAgrees('Softmax', x, x.dims, { axis }));
  it.each([[1], [-1]])('Softmax over axis %d runs natively', (axis) =>
    nodeRunsNatively('Softmax', x, x.dims, { axis }),
  );
  it('Softmax over all axes from the second on, before operator set 13', () =>
    nodeRunsNatively('Softmax', x, x.dims, { axis: 1 }, {}, 11));
});
