import { describe, expect, it } from 'vitest';
import { float32, int64, io, type ModelParts, node } from '../support/onnx.ts';
import {
  afterRelu,
  agrees,
  nodeAgrees,
  nodeRunsNatively,
  random,
  runsNatively,
  single,
} from './agreement.ts';

describe('moving data', () => {
  const x = random([2, 4, 3, 6], 80, 1);
  it.each([[[0, 2, 3, 1]], [[0, 3, 1, 2]], [[3, 2, 1, 0]], [[1, 0, 2, 3]], [[0, 1, 3, 2]], [[0, 2, 1, 3]]])(
    'Transpose by %j',
    (perm) =>
      nodeRunsNatively(
        'Transpose',
        x,
        perm.map((axis) => x.dims[axis]!),
        { perm },
      ),
  );
  it('Transpose of axes of length 1 only', () => {
    const thin = random([1, 5, 1, 7], 81);
    return runsNatively(afterRelu(single('Transpose', thin, [1, 1, 5, 7], { perm: [0, 2, 1, 3] })), thin);
  });
  it.each([[[2, 24, 3, 1]], [[2, 4, 18]], [[144]], [[8, 18]], [[2, 2, 2, 3, 6]], [[1, 2, 4, 18]]])(
    'Reshape to %j',
    (dims) => runsNatively(afterRelu(single('Reshape', x, dims, {}, { dims: int64(dims) })), x),
  );
  it('a channel shuffle', () => {
    const parts: ModelParts = {
      nodes: [
        node('Relu', ['x'], ['r']),
        node('Reshape', ['r', 'split'], ['s']),
        node('Transpose', ['s'], ['t'], { perm: [0, 2, 1, 3, 4] }),
        node('Reshape', ['t', 'joined'], ['j']),
        node('Relu', ['j'], ['y']),
      ],
      ...io({ x: x.dims }, { y: x.dims }),
      constants: { split: int64([2, 2, 2, 3, 6]), joined: int64([2, 4, 3, 6]) },
    };
    return runsNatively(parts, x);
  });
  it.each([0, 1, 2, 3])('Concat along axis %d', (axis) => {
    const dims = x.dims.map((dim, i) => (i === axis ? 2 * dim + 1 : dim));
    const other = x.dims.map((dim, i) => (i === axis ? dim + 1 : dim));
    const parts: ModelParts = {
      nodes: [node('Relu', ['x'], ['r']), node('Concat', ['r', 'k'], ['y'], { axis })],
      ...io({ x: x.dims }, { y: dims }),
      constants: { k: random(other, 82) },
    };
    return runsNatively(parts, x);
  });
  it.each([0, 1, 2, 3])('Split along axis %d', async (axis) => {
    const half = x.dims.map((dim, i) => (i === axis ? 1 : dim));
    const rest = x.dims.map((dim, i) => (i === axis ? dim - 1 : dim));
    const parts: ModelParts = {
      nodes: [
        node('Split', ['x', 'sizes'], ['a', 'b'], { axis }),
        node('Relu', ['a'], ['y']),
        node('Neg', ['b'], ['z']),
      ],
      ...io({ x: x.dims }, { y: half, z: rest }),
      constants: { sizes: int64([1, x.dims[axis]! - 1]) },
    };
    const { layers } = await agrees(parts, { x });
    expect(layers.filter(({ opType }) => opType === 'CopyIn')).toHaveLength(1);
    expect(layers.filter(({ opType }) => opType === 'CopyOut')).toHaveLength(2);
  });
  it.each([
    ['of channels', [0, 1, 0, 0], [2, 3, 3, 6], [1, 1, 1, 1]],
    ['of rows and columns', [0, 0, 1, 2], [2, 4, 3, 5], [1, 1, 1, 1]],
    ['with steps', [0, 0, 0, 5], [2, 4, 3, -10], [1, 2, 2, -2]],
    ['of images', [1, 0, 0, 0], [2, 4, 3, 6], [1, 1, 1, 1]],
    ['from the end', [-1, -3, -2, -6], [2, 4, 3, -1], [1, 1, 1, 1]],
  ])('Slice %s', (_case, starts, ends, steps) => {
    const constants = {
      starts: int64(starts),
      ends: int64(ends),
      axes: int64([0, 1, 2, 3]),
      steps: int64(steps),
    };
    const length = (axis: number) => {
      const at = (value: number) =>
        value < 0 ? Math.max(value + x.dims[axis]!, steps[axis]! < 0 ? -1 : 0) : value;
      return Math.ceil((at(ends[axis]!) - at(starts[axis]!)) / steps[axis]!);
    };
    return nodeRunsNatively('Slice', x, [0, 1, 2, 3].map(length), {}, constants);
  });
  it('Slice of rows and columns is read where it lies, by convolutions, pools and reshapes', async () => {
    const { layers } = await agrees(
      {
        nodes: [
          node('Relu', ['x'], ['r']),
          node('Slice', ['r', 'starts', 'ends', 'axes'], ['s']),
          node('Conv', ['s', 'w'], ['c'], { pads: [1, 1, 1, 1] }),
          node('MaxPool', ['s'], ['m'], { kernel_shape: [2, 2] }),
          node('Reshape', ['s', 'shape'], ['y']),
          node('Sigmoid', ['s'], ['z']),
        ],
        ...io({ x: x.dims }, { c: [2, 5, 2, 4], m: [2, 4, 1, 3], y: [2, 4, 8], z: [2, 4, 2, 4] }),
        constants: {
          ...{ starts: int64([1, 1]), ends: int64([3, 5]), axes: int64([2, 3]), shape: int64([2, 4, 8]) },
          w: random([5, 4, 3, 3], 61),
        },
      },
      { x },
    );
    expect(layers.map(({ opType }) => opType)).not.toContain('Slice');
  });
  it.each([
    ['constant', 0],
    ['constant', 2.5],
    ['edge', 0],
    ['reflect', 0],
  ])('Pad around height and width, mode %s, value %d', (mode, value) => {
    const constants = { pads: int64([0, 0, 1, 2, 0, 0, 2, 0]), value: float32([], [value]) };
    return nodeRunsNatively('Pad', x, [2, 4, 6, 8], { mode }, constants);
  });
  it('Pad that also removes', () =>
    nodeRunsNatively('Pad', x, [2, 4, 2, 8], {}, { pads: int64([0, 0, -1, 2, 0, 0, 0, 0]) }));
  it('Pad of channels', () =>
    nodeAgrees('Pad', x, [2, 6, 3, 6], {}, { pads: int64([0, 1, 0, 0, 0, 1, 0, 0]) }));
  it('Pad with zeros replaces infinities', () => {
    const odd = float32([1, 1, 2, 2], [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 1]);
    return nodeRunsNatively('Pad', odd, [1, 1, 4, 4], {}, { pads: int64([0, 0, 1, 1, 0, 0, 1, 1]) });
  });
  it.each([[[2, 4, 3, 6]], [[2, 4, 6, 12]], [[4, 4, 3, 6]], [[2, 12, 3, 6]]])('Tile to %j', (dims) =>
    nodeRunsNatively('Tile', x, dims, {}, { repeats: int64(dims.map((dim, i) => dim / x.dims[i]!)) }),
  );
  it('Expand of channels and of height', async () => {
    const thin = random([2, 4, 1, 1], 83);
    await nodeRunsNatively('Expand', thin, [2, 4, 3, 5], {}, { dims: int64([2, 4, 3, 5]) });
    const flat = random([4, 1], 84);
    await nodeRunsNatively('Expand', flat, [2, 4, 3], {}, { dims: int64([2, 4, 3]) });
  });
  it.each([[1], [3]])('Gather along axis %d', (axis) => {
    const dims = x.dims.map((dim, i) => (i === axis ? 3 : dim));
    return nodeRunsNatively('Gather', x, dims, { axis }, { indices: int64([2, 0, -1]) });
  });
  it('Gather of one channel drops the axis', () =>
    nodeRunsNatively('Gather', x, [2, 3, 6], { axis: 1 }, { index: int64([2], []) }));
  it.each(['DCR', 'CRD'])('DepthToSpace, mode %s', (mode) =>
    nodeRunsNatively('DepthToSpace', x, [2, 1, 6, 12], { blocksize: 2, mode }),
  );
  it('SpaceToDepth', () => {
    const y = random([2, 3, 4, 6], 85);
    return nodeRunsNatively('SpaceToDepth', y, [2, 12, 2, 3], { blocksize: 2 });
  });
});
