import { describe, it } from 'vitest';
import { int64 } from '../support/onnx.ts';
import { afterRelu, nodeRunsNatively, positive, random, runsNatively, single } from './agreement.ts';

const opTypes = [
  'ReduceMean',
  'ReduceSum',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
  'ReduceLogSum',
];

describe('reductions', () => {
  const x = positive([2, 4, 3, 5], 90);
  const axesOf = [[0], [1], [2], [3], [2, 3], [1, 3], [0, 1, 2, 3], [-1]];
  const cases = axesOf.flatMap((axes) => [0, 1].map((keepdims) => ({ axes, keepdims })));
  const left = (dims: readonly number[], axes: readonly number[], keepdims: number) => {
    const reduced = axes.map((axis) => (axis < 0 ? axis + dims.length : axis));
    return dims.flatMap((dim, axis) => (!reduced.includes(axis) ? dim : keepdims ? 1 : []));
  };

  it.each(cases)('over $axes of a map, keepdims $keepdims', async ({ axes, keepdims }) => {
    for (const opType of opTypes) {
      const dims = left(x.dims, axes, keepdims);
      const parts = single(opType, x, dims, { keepdims }, { axes: int64(axes) }, 18);
      await runsNatively(parts, x);
      await runsNatively(afterRelu(parts), x);
    }
  });

  it.each([[[2]], [[0, 2]], [[1, 2, 3]]])('over %j of five axes', (axes) => {
    const wide = random([2, 3, 2, 4, 3], 91);
    const constants = { axes: int64(axes) };
    return nodeRunsNatively('ReduceSum', wide, left(wide.dims, axes, 1), {}, constants, 18);
  });

  it('of a map of one channel', () =>
    nodeRunsNatively('ReduceMax', random([2, 1, 9, 7], 92), [2, 1, 1, 1], {}, { axes: int64([2, 3]) }, 18));
});
