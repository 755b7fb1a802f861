import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { code } from '../../support/refusal.ts';
import {
  b,
  type GraphWeight,
  i,
  listI,
  loadGraph,
  op,
  placeholder,
  s,
  scalar,
  type,
  vector,
} from '../graph-model.ts';
import { type Attributes, runOperator as run } from './run-operator.ts';

type Case = [string, number[], Record<string, GraphWeight>, Attributes, number[], number[]];
const none: GraphWeight = { shape: [0], values: [] };
const window = { padding: s('VALID'), strides: listI(1, 2, 2, 1) };

describe('an operator of a graph model', () => {
  it.each<Case>([
    [
      'GatherV2',
      [2, 3],
      { at: { shape: [2, 2], values: [2, 0, 1, 1], dtype: 'int32' }, axis: scalar(1) },
      { batch_dims: i(1) },
      [2, 0, 4, 4],
      [2, 2],
    ],
    [
      'Conv1D',
      [1, 4, 1],
      { w: { shape: [2, 1, 1] } },
      { padding: s('SAME'), stride: i(1) },
      [2, 5, 8, 3],
      [1, 4, 1],
    ],
    [
      'Conv3D',
      [1, 2, 2, 2, 1],
      { w: { shape: [2, 2, 2, 1, 1] } },
      { padding: s('VALID'), strides: listI(1, 1, 1, 1, 1) },
      [168],
      [1, 1, 1, 1, 1],
    ],
    [
      'MaxPool3D',
      [1, 2, 2, 2, 1],
      {},
      { padding: s('VALID'), ksize: listI(1, 2, 1, 2, 1), strides: listI(1, 1, 1, 1, 1) },
      [5, 7],
      [1, 1, 2, 1, 1],
    ],
    [
      'AvgPool3D',
      [1, 2, 2, 2, 1],
      {},
      { padding: s('VALID'), ksize: listI(1, 2, 1, 2, 1), strides: listI(1, 1, 1, 1, 1) },
      [2.5, 4.5],
      [1, 1, 2, 1, 1],
    ],
    [
      'Dilation2D',
      [1, 3, 3, 1],
      { w: { shape: [2, 2, 1], values: [9, 0, 0, 0] } },
      { ...window, strides: listI(1, 1, 1, 1), rates: listI(1, 1, 1, 1) },
      [9, 10, 12, 13],
      [1, 2, 2, 1],
    ],
    [
      'LRN',
      [1, 1, 1, 3],
      {},
      { depth_radius: i(1), bias: { f: 1 }, alpha: { f: 1 }, beta: { f: 1 } },
      [0, 1 / 6, 2 / 6],
      [1, 1, 1, 3],
    ],
    ['Unique', [6], {}, {}, [0, 1, 2, 3, 4, 5], [6]],
    ['ListDiff', [5], { other: { shape: [2], values: [3, 0] } }, {}, [1, 2, 4], [3]],
    ['LowerBound', [1, 4], { v: { shape: [1, 3], values: [0, 2.5, 9] } }, {}, [0, 3, 4], [1, 3]],
    ['UpperBound', [1, 4], { v: { shape: [1, 3], values: [0, 2.5, 9] } }, {}, [1, 3, 4], [1, 3]],
    ['Cumprod', [2, 3], { axis: scalar(1) }, { reverse: b(true) }, [0, 2, 2, 60, 20, 5], [2, 3]],
    [
      'MatrixBandPart',
      [3, 3],
      { below: scalar(1), above: scalar(0) },
      {},
      [0, 0, 0, 3, 4, 0, 0, 7, 8],
      [3, 3],
    ],
    ['Reverse', [2, 2], { which: { shape: [2], values: [0, 1], dtype: 'bool' } }, {}, [1, 0, 3, 2], [2, 2]],
    [
      'MirrorPad',
      [3],
      { pads: { shape: [1, 2], values: [2, 1], dtype: 'int32' } },
      { mode: s('SYMMETRIC') },
      [1, 0, 0, 1, 2, 2],
      [6],
    ],
    ['IsFinite', [2], {}, {}, [1, 1], [2]],
    [
      'SparseSegmentSum',
      [3, 2],
      { at: vector(2, 0, 1), ids: vector(0, 0, 2) },
      {},
      [4, 6, 0, 0, 2, 3],
      [3, 2],
    ],
    [
      'SparseSegmentMean',
      [3, 2],
      { at: vector(2, 0, 1), ids: vector(0, 0, 2) },
      {},
      [2, 3, 0, 0, 2, 3],
      [3, 2],
    ],
  ])('%s', async (opType, dims, weights, attributes, expected, outDims) => {
    const [y] = await run(opType, dims, weights, attributes);
    expect(y!.dims).toEqual(outDims);
    for (const [at, value] of expected.entries()) expect(y!.values[at]).toBeCloseTo(value, 5);
    expect(y!.values).toHaveLength(expected.length);
  });

  it('finds the places of the largest elements', async () => {
    const attributes = { ...window, ksize: listI(1, 2, 2, 1) };
    const [, places] = await run('MaxPoolWithArgmax', [2, 2, 2, 2], {}, attributes, ['y', 'y:1']);
    expect(places!.values).toEqual([6, 7, 6, 7]);
    const all = { ...attributes, include_batch_in_index: b(true) };
    const [, numbered] = await run('MaxPoolWithArgmax', [2, 2, 2, 2], {}, all, ['y', 'y:1']);
    expect(numbered!.values).toEqual([6, 7, 14, 15]);
  });

  /** Of weights alone. */
  async function constant(
    opType: string,
    weights: Record<string, GraphWeight>,
    attributes: Attributes = {},
    outputs = ['y'],
  ) {
    const nodes = [op('y', opType, Object.keys(weights), attributes)];
    await using session = await loadGraph({ nodes, weights }, { outputs });
    const results = await session.run({});
    return outputs.map((name) => [...results[name]!.data].map(Number));
  }

  const floats = { T: type('DT_FLOAT') };
  it.each<[string, Record<string, GraphWeight>, Attributes, number[]]>([
    ['Bincount', { values: vector(1, 2, 1, 9), size: scalar(4), none }, floats, [0, 2, 1, 0]],
    ['Bincount', { values: vector(1, 2, 1, 9), size: scalar(4), w: { shape: [4] } }, floats, [0, 4, 2, 0]],
    [
      'DenseBincount',
      { values: { ...vector(1, 1, 0, 9), shape: [2, 2] }, size: scalar(2), none },
      floats,
      [0, 2, 1, 0],
    ],
    [
      'DenseBincount',
      { values: { ...vector(1, 1, 0, 9), shape: [2, 2] }, size: scalar(2), none },
      { ...floats, binary_output: b(true) },
      [0, 1, 1, 0],
    ],
    [
      'LinSpace',
      { start: scalar(1, 'float32'), stop: scalar(2, 'float32'), num: scalar(5) },
      {},
      [1, 1.25, 1.5, 1.75, 2],
    ],
    ['LinSpace', { start: scalar(1, 'float32'), stop: scalar(2, 'float32'), num: scalar(1) }, {}, [1]],
    ['Ones', { dims: vector(2) }, {}, [1, 1]],
    ['Zeros', { dims: vector(2) }, { dtype: type('DT_INT32') }, [0, 0]],
    ['BroadcastArgs', { a: vector(1, 3), c: vector(5, 2, 1) }, {}, [5, 2, 3]],
    ['BitwiseAnd', { a: vector(5, 6), c: vector(3, 3) }, {}, [1, 2]],
  ])('%s of %o', async (opType, weights, attributes, expected) => {
    expect(await constant(opType, weights, attributes)).toEqual([expected]);
  });

  it('fills empty rows of a sparse tensor, in order', async () => {
    const places: GraphWeight = { ...vector(3, 0, 1, 3), shape: [2, 2] };
    const weights = { places, values: { shape: [2] }, dims: vector(4, 4), fill: scalar(9, 'float32') };
    const all = await constant('SparseFillEmptyRows', weights, {}, ['y', 'y:1', 'y:2', 'y:3']);
    expect(all).toEqual([
      [0, 0, 1, 3, 2, 0, 3, 0],
      [9, 2, 9, 1],
      [1, 0, 1, 0],
      [3, 1],
    ]);
  });

  it('numbers the places of a sparse tensor anew', async () => {
    const places: GraphWeight = { ...vector(0, 0, 1, 3), shape: [2, 2] };
    const all = await constant('SparseReshape', { places, dims: vector(2, 6), to: vector(-1, 4) }, {}, [
      'y',
      'y:1',
    ]);
    expect(all).toEqual([
      [0, 0, 2, 1],
      [3, 4],
    ]);
  });

  it('counts in rows', async () => {
    const weights = { starts: vector(0, 8), limits: vector(5, 5), deltas: vector(2, -1) };
    const all = await constant('RaggedRange', weights, { T: type('DT_INT32') }, ['y', 'y:1']);
    expect(all).toEqual([
      [0, 3, 6],
      [0, 2, 4, 8, 7, 6],
    ]);
  });

  it.each([8, 7])('transforms %i numbers to frequencies and back', async (length) => {
    const weights = { length: vector(length) };
    const nodes = [
      placeholder('x', [length]),
      op('spectrum', 'RFFT', ['x', 'length']),
      op('real', 'Real', ['spectrum']),
      op('size', 'ComplexAbs', ['spectrum']),
      op('y', 'IRFFT', ['spectrum', 'length']),
    ];
    await using session = await loadGraph({ nodes, weights }, { outputs: ['y', 'real', 'size'] });
    const wave = Float32Array.from({ length }, (_, at) => Math.cos((2 * Math.PI * at) / length));
    const { y, real, size } = await session.run({ x: new Tensor('float32', wave, [length]) });
    for (const at of wave.keys()) expect(Number(y!.data[at])).toBeCloseTo(wave[at]!, 5);
    for (const out of [real!, size!]) {
      expect([...out.data].map((value) => Math.round(Number(value) * 1e4) / 1e4)).toEqual(
        Array.from({ length: Math.floor(length / 2) + 1 }, (_, at) =>
          expect.closeTo(at === 1 ? length / 2 : 0, 3),
        ),
      );
    }
  });

  it.each<[string, Record<string, GraphWeight>, Attributes, string]>([
    [
      'CropAndResize',
      { boxes: { shape: [1, 4] }, images: vector(0), size: vector(0, 2) },
      {},
      'ERR_INVALID_MODEL',
    ],
    ['Dilation2D', { w: { shape: [64, 64, 1] } }, window, 'ERR_UNSUPPORTED_OPERATOR'],
    ['GatherV2', { at: vector(0), axis: scalar(0) }, { batch_dims: i(9) }, 'ERR_INVALID_MODEL'],
    [
      'StridedSlice',
      { from: { shape: [1, 0], dtype: 'int32' }, to: vector(1), by: vector(1) },
      {},
      'ERR_INVALID_SHAPE',
    ],
    ['StridedSlice', { from: vector(0), to: vector(1, 1), by: vector(1, 1) }, {}, 'ERR_INVALID_SHAPE'],
    ['Real', {}, {}, 'ERR_INVALID_TYPE'],
    ['Conv3D', { w: { shape: [1, 1, 1, 1, 1] } }, {}, 'ERR_INVALID_SHAPE'],
  ])('%s of %o is refused', async (opType, weights, attributes, expected) => {
    await expect(run(opType, [1, 3, 3, 1], weights, attributes)).rejects.toThrow(code(expected));
  });
});
