import { describe, it } from 'vitest';
import { float32, int64, io, type ModelParts, node } from '../support/onnx.ts';
import { agrees, nodeAgrees, nodeRunsNatively, random } from './agreement.ts';

describe('resizing', () => {
  const x = random([1, 3, 5, 4], 90, 1);
  const to = (h: number, w: number, [n, c]: readonly number[] = x.dims) => ({
    roi: float32([0]),
    scales: float32([0]),
    sizes: int64([n!, c!, h, w]),
  });
  it.each([
    ['linear', 'half_pixel'],
    ['linear', 'align_corners'],
    ['linear', 'asymmetric'],
    ['linear', 'pytorch_half_pixel'],
    ['nearest', 'half_pixel'],
    ['nearest', 'asymmetric'],
  ])('%s, %s', async (mode, coordinate_transformation_mode) => {
    for (const [h, w] of [
      [10, 8],
      [3, 9],
      [1, 1],
      [5, 7],
    ] as const) {
      await nodeRunsNatively('Resize', x, [1, 3, h, w], { mode, coordinate_transformation_mode }, to(h, w));
    }
  });
  it.each(['linear', 'nearest'])(
    '%s, of one channel, alone and as a part of a concatenation',
    async (mode) => {
      const one = random([2, 1, 5, 9], 91, 1);
      const sizes = int64([2, 1, 11, 37]);
      const parts: ModelParts = {
        nodes: [
          node('Resize', ['x', '', '', 'sizes'], ['r'], { mode }),
          node('Relu', ['r'], ['p']),
          node('Concat', ['p', 'r'], ['y'], { axis: 1 }),
        ],
        ...io({ x: one.dims }, { y: [2, 2, 11, 37], p: [2, 1, 11, 37] }),
        constants: { sizes },
      };
      await agrees(parts, { x: one });
    },
  );
  it.each([
    ['a few columns', [1, 2, 3, 3], 3, 6],
    ['many columns', [1, 1, 3, 40], 3, 80],
    ['rows', [1, 1, 3, 40], 6, 40],
    ['rows of which some fall on others', [2, 3, 4, 5], 7, 9],
  ])('of %s leaves out what has no weight, infinities, too', async (_, dims, h, w) => {
    const odd = random(dims, 17);
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < odd.size; i += 4) odd.data[i] = special[(i / 4) % 3]!;
    for (const coordinate_transformation_mode of ['half_pixel', 'align_corners']) {
      const attributes = { mode: 'linear', coordinate_transformation_mode };
      await nodeAgrees('Resize', odd, [dims[0]!, dims[1]!, h, w], attributes, to(h, w, dims));
    }
  });

  it('cubic', () => nodeAgrees('Resize', x, [1, 3, 7, 9], { mode: 'cubic' }, to(7, 9)));
  it('Upsample', () =>
    nodeRunsNatively(
      'Upsample',
      x,
      [1, 3, 10, 12],
      { mode: 'nearest' },
      { s: float32([4], [1, 1, 2, 3]) },
      9,
    ));
});
