import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64, node } from '../support/onnx.ts';
import { checkNode, type NodeCase, type NodeSubject, outputOf, runNode } from '../support/run-node.ts';

type Attributes = NonNullable<NodeSubject['attributes']>;

const x = float32([2, 3], [1, 2, 3, 4, 5, 6]);
const float = (...values: number[]) => new Tensor('float32', values, []);

const scattered = (reduction: string, values: number[], opType = 'ScatterElements'): NodeCase => ({
  opType,
  of: `with ${reduction}`,
  attributes: { reduction, ...(opType === 'ScatterElements' && { axis: 1 }) },
  constants:
    opType === 'ScatterElements'
      ? { i: int64([1, 1], [1, 2]), u: float32([1, 2], [5, 0]) }
      : { i: int64([0, 1, 0, 1], [2, 2]), u: float32([2], [5, 0]) },
  dims: [2, 3],
  values,
});

const cases: readonly NodeCase[] = [
  scattered('none', [1, 0, 3, 4, 5, 6]),
  scattered('add', [1, 7, 3, 4, 5, 6]),
  scattered('mul', [1, 0, 3, 4, 5, 6]),
  scattered('max', [1, 5, 3, 4, 5, 6]),
  scattered('min', [1, 0, 3, 4, 5, 6]),
  scattered('add', [1, 7, 3, 4, 5, 6], 'ScatterND'),
  scattered('max', [1, 5, 3, 4, 5, 6], 'ScatterND'),
  {
    opType: 'ScatterElements',
    of: '64-bit integers with max',
    attributes: { reduction: 'max' },
    feeds: { x: int64([1, 2, 3]) },
    constants: { i: int64([0, -1]), u: int64([7, 1]) },
    dims: [3],
    values: [7, 2, 3],
  },
  {
    opType: 'Scatter',
    opset: 9,
    constants: { i: int64([1, 0], [1, 2]), u: float32([1, 2], [7, 8]) },
    dims: [2, 3],
    values: [1, 8, 3, 7, 5, 6],
  },
  {
    opType: 'TensorScatter',
    of: 'around the end',
    attributes: { mode: 'circular', axis: 1 },
    constants: { u: float32([2, 2], [7, 8, 9, 10]), i: int64([2, 0]) },
    dims: [2, 3],
    values: [8, 2, 7, 9, 10, 6],
  },
  {
    opType: 'GatherND',
    of: 'with batch_dims',
    attributes: { batch_dims: 1 },
    constants: { i: int64([2, -3], [2, 1]) },
    dims: [2],
    values: [3, 4],
  },
  {
    opType: 'OneHot',
    attributes: { axis: 0 },
    feeds: { x: int64([1, -1, 5]) },
    constants: { d: int64([3], []), v: float32([2], [2, 7]) },
    dims: [3, 3],
    values: [2, 2, 2, 7, 2, 2, 2, 7, 2],
  },
  { opType: 'Trilu', of: 'above the diagonal', dims: [2, 3], values: [1, 2, 3, 0, 5, 6] },
  {
    opType: 'Trilu',
    of: 'up to a diagonal above',
    attributes: { upper: 0 },
    constants: { k: int64([1], []) },
    dims: [2, 3],
    values: [1, 2, 0, 4, 5, 6],
  },
  { opType: 'EyeLike', attributes: { k: 1 }, dims: [2, 3], values: [0, 1, 0, 0, 0, 1] },
  { opType: 'EyeLike', attributes: { k: -1, dtype: 7 }, dims: [2, 3], values: [0, 0, 0, 1, 0, 0] },
  {
    opType: 'ReverseSequence',
    of: 'along rows',
    attributes: { batch_axis: 0, time_axis: 1 },
    constants: { l: int64([2, 3]) },
    dims: [2, 3],
    values: [2, 1, 3, 6, 5, 4],
  },
  {
    opType: 'ReverseSequence',
    of: 'along columns',
    constants: { l: int64([1, 2, 0]) },
    dims: [2, 3],
    values: [1, 5, 3, 4, 2, 6],
  },
  {
    opType: 'NonZero',
    feeds: {},
    constants: { x: float32([2, 2], [0, 3, Number.NaN, -0]) },
    dims: [2, 2],
    values: [0, 1, 1, 0],
  },
  {
    opType: 'Compress',
    of: 'along an axis',
    attributes: { axis: 1 },
    constants: { c: new Tensor('bool', [true, false, true]) },
    dims: [2, 2],
    values: [1, 3, 4, 6],
  },
  {
    opType: 'Compress',
    of: 'as if flat',
    constants: { c: new Tensor('bool', [false, true, false, false, true]) },
    dims: [2],
    values: [2, 5],
  },
];

describe('what selects and moves elements', () => {
  it.each(cases)('$opType $of', (each) => checkNode({ feeds: { x }, ...each }));

  it.each<[NodeSubject, string]>([
    [
      { opType: 'ScatterElements', constants: { i: int64([3], [1, 1]), u: float32([1, 1]) } },
      'ERR_INVALID_MODEL',
    ],
    [
      { opType: 'ScatterElements', constants: { i: int64([0], [1, 1]), u: float32([1, 2]) } },
      'ERR_INVALID_SHAPE',
    ],
    [{ opType: 'ScatterND', constants: { i: int64([0], []), u: float32([2, 3]) } }, 'ERR_INVALID_SHAPE'],
    [{ opType: 'TensorScatter', constants: { u: float32([2, 3]), i: int64([0]) } }, 'ERR_INVALID_MODEL'],
    [
      { opType: 'GatherND', attributes: { batch_dims: 2 }, constants: { i: int64([0, 0], [2, 1]) } },
      'ERR_INVALID_MODEL',
    ],
    [{ opType: 'OneHot', constants: { d: int64([0], []), v: float32([2]) } }, 'ERR_INVALID_MODEL'],
    [{ opType: 'EyeLike', feeds: { x: float32([2]) } }, 'ERR_INVALID_SHAPE'],
    [{ opType: 'ReverseSequence', constants: { l: int64([3, 0, 0]) } }, 'ERR_INVALID_MODEL'],
    [
      { opType: 'Compress', constants: { c: new Tensor('bool', new Array(7).fill(true)) } },
      'ERR_INVALID_SHAPE',
    ],
  ])('$opType is refused, case %#', async (each, code) => {
    await expect(outputOf({ feeds: { x }, ...each })).rejects.toThrow(expect.objectContaining({ code }));
  });
});

describe('Unique', () => {
  const outputs = ['y', 'first', 'inverse', 'counts'];
  const of = async (tensor: Tensor, attributes: Attributes) => {
    const found = await runNode(node('Unique', ['x'], outputs, attributes), {}, { x: tensor });
    return outputs.map((name) => Array.from(found[name]!.data, Number));
  };

  it('sorts elements, or leaves them in order', async () => {
    const values = float32([6], [2, 1, 1, 3, 4, 3]);
    expect(await of(values, {})).toEqual([
      [1, 2, 3, 4],
      [1, 0, 3, 4],
      [1, 0, 0, 2, 3, 2],
      [2, 1, 2, 1],
    ]);
    expect(await of(values, { sorted: 0 })).toEqual([
      [2, 1, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 1, 2, 3, 2],
      [1, 2, 2, 1],
    ]);
  });

  it('compares slices of an axis', async () => {
    const rows = float32([3, 2], [1, 0, 0, 5, 1, 0]);
    expect(await of(rows, { axis: 0 })).toEqual([
      [0, 5, 1, 0],
      [1, 0],
      [1, 0, 1],
      [1, 2],
    ]);
  });
});

describe('NonMaxSuppression', () => {
  const boxes = float32([1, 3, 4], [0, 0, 2, 2, 2, 2.5, 0, 0.5, 0, 4, 2, 6]);
  const scores = float32([1, 1, 3], [0.8, 0.9, 0.3]);
  const inputs = ['boxes', 'scores', 'most', 'iou', 'least'];
  const select = async (most: number, iou: number, least: number, attributes: Attributes = {}) => {
    const constants = { boxes, scores, most: int64([most], []), iou: float(iou), least: float(least) };
    const { y } = await runNode(node('NonMaxSuppression', inputs, ['y'], attributes), {}, constants);
    return Array.from(y!.data, Number).filter((_, i) => i % 3 === 2);
  };

  it.each([
    ['keeps what overlaps by no more than the threshold', 3, 0.61, 0, [1, 0, 2]],
    ['drops what overlaps by more', 3, 0.59, 0, [1, 2]],
    ['drops what scores too little', 3, 0.59, 0.3, [1]],
    ['keeps at most so many', 1, 1, 0, [1]],
    ['keeps none where it may keep none', 0, 1, 0, []],
  ])('%s', async (_what, most, iou, least, expected) => {
    expect(await select(most, iou, least)).toEqual(expected);
  });

  it('takes boxes as centre and size', async () => {
    // Boxes of width 2 and 0.5 around (0, 0) and (2, 2.5), and of width 2 and height 6 around (0, 4).
    expect(await select(3, 0, 0, { center_point_box: 1 })).toEqual([1, 0, 2]);
  });

  it('refuses a threshold beyond 1', async () => {
    await expect(select(1, 2, 0)).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_MODEL' }));
  });
});
