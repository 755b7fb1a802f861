import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession, type LayerTrace } from '../../src/index.ts';
import {
  b,
  graphModel,
  i,
  listI,
  listS,
  loadGraph,
  op,
  placeholder,
  runGraph,
  s,
  scalar,
  type,
  vector,
} from './graph-model.ts';

const float = (values: readonly number[], dims: readonly number[]) =>
  new Tensor('float32', Float32Array.from(values), dims);
const count = (dims: readonly number[]) =>
  float(
    Array.from({ length: dims.reduce((a, c) => a * c, 1) }, (_, at) => at),
    dims,
  );

const same = { padding: s('SAME'), data_format: s('NHWC'), strides: listI(1, 1, 1, 1) };
const toChannels = (name: string, input: string, channels: string) =>
  op(name, '_FusedConv2D', [input, channels, 'bias'], { ...same, fused_ops: listS('BiasAdd', 'Relu') });

describe('a graph model', () => {
  it('has the names of its signature', async () => {
    const signature = {
      inputs: { image: { name: 'x:0' } },
      outputs: { half: { name: 'y:0' }, twice: { name: 'z' } },
    };
    const nodes = [placeholder('x', [-1, 2]), op('y', 'Mul', ['x', 'w']), op('z', 'AddV2', ['x', 'x', '^y'])];
    const weights = { w: { shape: [], values: [0.5] } };
    const session = await loadGraph({ nodes, signature, weights });
    expect(session.inputNames).toEqual(['image']);
    expect(session.outputMetadata).toEqual([
      { name: 'half', isTensor: true, type: 'float32', shape: ['batch', 2] },
      { name: 'twice', isTensor: true, type: 'float32', shape: ['batch', 2] },
    ]);
    const { half, twice } = await session.run({ image: float([1, 2], [1, 2]) });
    expect([...half!.data]).toEqual([0.5, 1]);
    expect([...twice!.data]).toEqual([2, 4]);
  });

  it('has the names of its nodes where there is no signature', async () => {
    const session = await loadGraph({ nodes: [placeholder('x', [2]), op('y', 'Neg', ['x'])] });
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y']]);
  });

  it('gives any node as output', async () => {
    const nodes = [placeholder('x', [2]), op('y', 'Neg', ['x']), op('z', 'Exp', ['y'])];
    const session = await loadGraph({ nodes }, { outputs: ['y', 'z'] });
    const { y } = await session.run({ x: float([1, 2], [2]) }, ['y']);
    expect([...y!.data]).toEqual([-1, -2]);
    await expect(loadGraph({ nodes }, { outputs: ['w'] })).rejects.toThrow(
      /outputs of the model or names of its nodes for option outputs, received "w"/,
    );
  });

  it('keeps its maps in one layout between convolutions', async () => {
    const nodes = [
      placeholder('x', [1, 4, 4, 3]),
      toChannels('a', 'x', 'w1'),
      op('pool', 'MaxPool', ['a'], { ...same, ksize: listI(1, 2, 2, 1) }),
      op('sum', 'AddV2', ['pool', 'scale']),
      op('padded', 'Pad', ['sum', 'paddings']),
      op('mean', 'Mean', ['padded', 'axes'], { keep_dims: b(true) }),
      op('gated', 'Mul', ['padded', 'mean']),
      op('joined', 'ConcatV2', ['gated', 'padded', 'axis']),
      op('large', 'ResizeBilinear', ['joined', 'size'], { half_pixel_centers: b(true) }),
      toChannels('y', 'large', 'w2'),
    ];
    const weights = {
      w1: { shape: [3, 3, 3, 2], values: Array.from({ length: 54 }, (_, at) => (at % 5) - 1) },
      w2: { shape: [1, 1, 4, 2] },
      bias: { shape: [2], values: [0.5, -1] },
      scale: { shape: [2] },
      paddings: { ...vector(0, 0, 1, 0, 0, 1, 0, 0), shape: [4, 2] },
      axes: vector(1, 2),
      axis: scalar(-1),
      size: vector(10, 10),
    };
    const session = await loadGraph({ nodes, weights });
    let layers: LayerTrace[] = [];
    const { y } = await session.run(
      { x: count([1, 4, 4, 3]) },
      {
        trace: (all) => {
          layers = all;
        },
      },
    );
    expect(y!.dims).toEqual([1, 10, 10, 2]);
    expect(layers.filter(({ opType }) => opType === 'Transpose' || opType === 'Reorder')).toEqual([]);
  });

  it('reads filters by rows, columns, channels and filters', async () => {
    const nodes = [
      placeholder('x', [1, 2, 2, 2]),
      op('y', 'Conv2D', ['x', 'w'], { ...same, padding: s('VALID') }),
    ];
    const weights = { w: { shape: [2, 2, 2, 1] } };
    const out = await runGraph({ nodes, weights }, { x: count([1, 2, 2, 2]) });
    // Σ k · (k + 1)
    expect([...out.data]).toEqual([168]);
  });

  it('reads depthwise filters with several outputs a channel', async () => {
    const nodes = [
      placeholder('x', [1, 1, 1, 2]),
      op('y', 'FusedDepthwiseConv2dNative', ['x', 'w', 'b'], {
        ...same,
        fused_ops: listS('BiasAdd', 'Relu6'),
      }),
    ];
    const weights = { w: { shape: [1, 1, 2, 2] }, b: { shape: [4], values: [0, 0, 0, 1] } };
    const out = await runGraph({ nodes, weights }, { x: float([1, 1], [1, 1, 1, 2]) });
    expect([...out.data]).toEqual([1, 2, 3, 5]);
  });

  it('reads blocks around a convolution as its dilation', async () => {
    const nodes = [
      placeholder('x', [1, 4, 4, 1]),
      op('cut', 'SpaceToBatchND', ['x', 'block', 'pads']),
      op('c', 'Conv2D', ['cut', 'w'], { ...same, padding: s('VALID') }),
      op('y', 'BatchToSpaceND', ['c', 'block', 'crops']),
    ];
    const weights = {
      w: { shape: [2, 2, 1, 1], values: [1, 0, 0, 1] },
      block: vector(2, 2),
      pads: { ...vector(0, 0, 0, 0), shape: [2, 2] },
      crops: { ...vector(0, 0, 0, 0), shape: [2, 2] },
    };
    const out = await runGraph({ nodes, weights }, { x: count([1, 4, 4, 1]) });
    expect(out.dims).toEqual([1, 2, 2, 1]);
    expect([...out.data]).toEqual([10, 12, 18, 20]);
  });

  it('writes functions of its library where they are called', async () => {
    const functions = [
      {
        signature: { name: 'f', inputArg: [{ name: 'p' }, { name: 'k' }], outputArg: [{ name: 'best' }] },
        nodeDef: [op('top', 'TopKV2', ['p', 'k'])],
        ret: { best: 'top:indices:0' },
      },
    ];
    const nodes = [
      placeholder('x', [4]),
      op('y', 'PartitionedCall', ['x', 'k'], { f: { func: { name: 'f' } } }),
    ];
    const parts = { nodes, functions, weights: { k: scalar(2) } };
    const out = await runGraph(parts, { x: float([3, 9, 1, 7], [4]) });
    expect(out.type).toBe('int32');
    expect([...out.data]).toEqual([1, 3]);
  });

  it('reads quantized integers', async () => {
    const { json } = graphModel({
      nodes: [placeholder('x', [3], 'DT_INT32'), op('y', 'AddV2', ['x', 'w'], { T: type('DT_INT32') })],
      weights: { w: { shape: [3], dtype: 'int32' } },
    });
    const quantization = { dtype: 'uint8', scale: 2, min: -1, original_dtype: 'int32' };
    const manifest = json.weightsManifest as { weights: { quantization?: object }[] }[];
    manifest[0]!.weights[0]!.quantization = quantization;
    const session = await InferenceSession.create(Buffer.from(JSON.stringify(json)), {
      externalData: [{ path: 'weights.bin', data: Uint8Array.of(0, 1, 2) }],
    });
    const { y } = await session.run({ x: new Tensor('int32', Int32Array.of(1, 1, 1), [3]) });
    expect([...y!.data]).toEqual([0, 2, 4]);
  });

  it('is refused with all operators that are not known', async () => {
    const nodes = [
      placeholder('x', [2]),
      op('a', 'Fourier', ['x']),
      op('b', 'StringLower', ['a']),
      op('c', 'Fourier', ['b']),
      op('unused', 'Other', ['x']),
    ];
    await expect(loadGraph({ nodes }, { outputs: ['c'] })).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED_OPERATOR',
        received: 'Fourier (node "c" and 1 more), StringLower (node "b")',
      }),
    );
  });
});

describe('an operator of a graph model', () => {
  const x = float([-3, 2, 5, -1, 4, 0], [2, 3]);
  const axes = (...values: readonly number[]) => ({ c: vector(...values) });
  type Case = [
    string,
    Parameters<typeof op>[3],
    Record<string, ReturnType<typeof vector>>,
    number[],
    number[],
  ];
  it.each<Case>([
    ['Square', {}, {}, [9, 4, 25, 1, 16, 0], [2, 3]],
    ['Relu6', {}, {}, [0, 2, 5, 0, 4, 0], [2, 3]],
    ['Expm1', {}, {}, [-3, 2, 5, -1, 4, 0].map(Math.expm1), [2, 3]],
    ['FloorMod', {}, { c: scalar(3, 'float32') }, [0, 2, 2, 2, 1, 0], [2, 3]],
    ['FloorDiv', {}, { c: scalar(2, 'float32') }, [-2, 1, 2, -1, 2, 0], [2, 3]],
    ['DivNoNan', {}, { c: { shape: [3], values: [1, 0, 2] } }, [-3, 0, 2.5, -1, 0, 0], [2, 3]],
    ['Max', {}, axes(1), [5, 4], [2]],
    ['Sum', { keep_dims: b(true) }, axes(0), [-4, 6, 5], [1, 3]],
    ['ArgMax', {}, { c: scalar(1) }, [2, 1], [2]],
    ['Cumsum', {}, { c: scalar(1) }, [-3, -1, 4, -1, 3, 3], [2, 3]],
    ['Reshape', {}, axes(3, -1), [-3, 2, 5, -1, 4, 0], [3, 2]],
    ['ExpandDims', {}, { c: scalar(0) }, [-3, 2, 5, -1, 4, 0], [1, 2, 3]],
    ['Tile', {}, axes(1, 2), [-3, 2, 5, -3, 2, 5, -1, 4, 0, -1, 4, 0], [2, 6]],
    ['Transpose', {}, axes(1, 0), [-3, -1, 2, 4, 5, 0], [3, 2]],
    ['ReverseV2', {}, axes(1), [5, 2, -3, 0, 4, -1], [2, 3]],
    [
      'Atan2',
      {},
      { c: { shape: [3], values: [-1, 0, 1] } },
      [Math.atan2(-3, -1), Math.PI / 2, Math.atan2(5, 1), Math.atan2(-1, -1), Math.PI / 2, 0],
      [2, 3],
    ],
  ])('%s', async (name, attr, weights, expected, dims) => {
    const nodes = [placeholder('x', [2, 3]), op('y', name, ['x', ...Object.keys(weights)], attr)];
    const out = await runGraph({ nodes, weights }, { x });
    expect(out.dims).toEqual(dims);
    for (const [at, value] of [...out.data].entries()) expect(Number(value)).toBeCloseTo(expected[at]!, 5);
    expect(out.data).toHaveLength(expected.length);
  });

  it.each<[string, number[], number[], number[], Record<string, number>, number[], number[]]>([
    ['a range', [0, 1], [2, 3], [1, 1], {}, [2, 5, 4, 0], [2, 2]],
    ['masks for both ends', [1, 1], [1, 1], [1, 1], { begin_mask: 1, end_mask: 3 }, [2, 5, 4, 0], [2, 2]],
    ['an index', [-1, 0], [0, 3], [1, 1], { shrink_axis_mask: 1 }, [-1, 4, 0], [3]],
    ['a new axis', [0, 0], [0, 1], [1, 1], { new_axis_mask: 1 }, [-3, 2, 5], [1, 1, 3]],
    ['an ellipsis', [0, 1], [0, 2], [1, 1], { ellipsis_mask: 1 }, [2, 4], [2, 1]],
    [
      'a negative stride',
      [0, 0],
      [2, 0],
      [1, -1],
      { begin_mask: 2, end_mask: 2 },
      [5, 2, -3, 0, 4, -1],
      [2, 3],
    ],
  ])('StridedSlice with %s', async (_what, begin, end, strides, masks, expected, dims) => {
    const attr = Object.fromEntries(Object.entries(masks).map(([key, value]) => [key, i(value)]));
    const nodes = [placeholder('x', [2, 3]), op('y', 'StridedSlice', ['x', 'begin', 'end', 'strides'], attr)];
    const weights = { begin: vector(...begin), end: vector(...end), strides: vector(...strides) };
    const out = await runGraph({ nodes, weights }, { x });
    expect(out.dims).toEqual(dims);
    expect([...out.data]).toEqual(expected);
  });

  it.each([
    ['corners', { align_corners: b(true) }, [0, 0.5, 1]],
    ['half pixels', { half_pixel_centers: b(true) }, [0, 0.5, 1]],
    ['neither', {}, [0, 2 / 3, 1]],
  ])('ResizeBilinear by %s', async (_what, attr, expected) => {
    const nodes = [placeholder('x', [1, 1, 2, 1]), op('y', 'ResizeBilinear', ['x', 'size'], attr)];
    const out = await runGraph({ nodes, weights: { size: vector(1, 3) } }, { x: count([1, 1, 2, 1]) });
    for (const [at, value] of expected.entries()) expect(Number(out.data[at])).toBeCloseTo(value, 5);
  });
});
