import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64, random } from '../support/onnx.ts';
import { checkNode, type NodeCase, type NodeSubject, outputOf } from '../support/run-node.ts';

const map = float32([1, 1, 2, 2], [1, 2, 3, 4]);
const ramp = float32([1, 1, 1, 4], [1, 2, 3, 4]);
const wide = float32(
  [1, 1, 4, 4],
  Array.from({ length: 16 }, (_, i) => i),
);

const sample = (
  at: readonly [number, number],
  attributes: NonNullable<NodeSubject['attributes']>,
  values: number[],
): NodeCase => ({
  opType: 'GridSample',
  attributes,
  feeds: { x: ramp },
  constants: { grid: float32([1, 1, 1, 2], at) },
  dims: [1, 1, 1, 1],
  values,
  digits: 5,
});

const region = (
  opType: string,
  box: number[],
  attributes: NonNullable<NodeSubject['attributes']>,
  values: number[],
): NodeCase => ({
  opType,
  attributes,
  feeds: { x: wide },
  constants: { rois: float32([1, box.length], box), ...(opType === 'RoiAlign' && { images: int64([0]) }) },
  values,
  digits: 5,
});

const known: readonly NodeCase[] = [
  sample([-0.75, 0], {}, [1]),
  sample([-0.5, 0], {}, [1.5]),
  sample([-1, 0], {}, [0.5]),
  sample([-1, 0], { padding_mode: 'border' }, [1]),
  sample([-1.5, 0], { padding_mode: 'reflection' }, [1.5]),
  sample([-5 / 3, 0], { padding_mode: 'reflection', align_corners: 1 }, [2]),
  sample([1, 0], { align_corners: 1 }, [4]),
  sample([0.2, 0], { mode: 'nearest' }, [3]),
  sample([3, 0], { mode: 'nearest' }, [0]),
  sample([-0.25, 0], { mode: 'cubic' }, [2]),
  sample([0, 0], { mode: 'cubic', align_corners: 1 }, [2.5]),
  sample([Number.NaN, 0], {}, [0]),
  { ...sample([-0.5, 0], { mode: 'bilinear' }, [1.5]), of: 'under its old mode', opset: 16 },
  {
    opType: 'AffineGrid',
    of: 'of places between the corners',
    feeds: { theta: float32([1, 2, 3], [1, 0, 0, 0, 1, 0.5]) },
    constants: { size: int64([1, 1, 1, 2]) },
    dims: [1, 1, 2, 2],
    values: [-0.5, 0.5, 0.5, 0.5],
  },
  {
    opType: 'AffineGrid',
    of: 'of corners, turned',
    attributes: { align_corners: 1 },
    feeds: { theta: float32([1, 2, 3], [0, 1, 0, 1, 0, 0]) },
    constants: { size: int64([1, 1, 2, 2]) },
    values: [-1, -1, -1, 1, 1, -1, 1, 1],
  },
  region(
    'RoiAlign',
    [0, 0, 4, 4],
    { output_height: 2, output_width: 2, sampling_ratio: 2 },
    [2.5, 4.5, 10.5, 12.5],
  ),
  region('RoiAlign', [1, 1, 2, 2], {}, [5]),
  region('RoiAlign', [1, 1, 2, 2], { coordinate_transformation_mode: 'output_half_pixel' }, [7.5]),
  region('RoiAlign', [1, 1, 2, 2], { mode: 'max' }, [5]),
  region('RoiAlign', [10, 10, 12, 12], {}, [0]),
  region('MaxRoiPool', [0, 0, 0, 3, 3], { pooled_shape: [2, 2] }, [5, 7, 13, 15]),
  region('MaxRoiPool', [0, 2, 4, 6, 6], { pooled_shape: [1, 1], spatial_scale: { float: 0.5 } }, [15]),
  {
    opType: 'DeformConv',
    of: 'without offsets, as Conv',
    feeds: { x: map },
    constants: {
      w: float32([1, 1, 2, 2], [1, 10, 100, 1000]),
      offset: float32([1, 8, 1, 1]),
      b: float32([1], [0.5]),
    },
    values: [4321.5],
  },
  {
    opType: 'DeformConv',
    of: 'of a moved and weighted tap',
    feeds: { x: map },
    constants: {
      w: float32([1, 1, 1, 1], [1]),
      offset: float32([1, 2, 2, 2], [0.5, 0, 0, 0, 0.5, 0, -1, 0]),
      b: float32([1]),
      mask: float32([1, 1, 2, 2], [2, 1, 1, 0]),
    },
    values: [5, 2, 0, 0],
  },
  {
    opType: 'Col2Im',
    of: 'of blocks that overlap, with padding',
    attributes: { pads: [0, 1, 0, 1] },
    feeds: { x: float32([1, 2, 4], [1, 2, 3, 4, 10, 20, 30, 40]) },
    constants: { image: int64([1, 3]), block: int64([1, 2]) },
    dims: [1, 1, 1, 3],
    values: [12, 23, 34],
  },
  {
    opType: 'CenterCropPad',
    of: 'of an axis to cut and one to fill',
    feeds: { x: float32([3, 2], [1, 2, 3, 4, 5, 6]) },
    constants: { shape: int64([2, 5]) },
    dims: [2, 5],
    values: [0, 1, 2, 0, 0, 0, 3, 4, 0, 0],
  },
  {
    opType: 'MaxUnpool',
    attributes: { kernel_shape: [1, 2], strides: [1, 2] },
    feeds: { x: float32([1, 1, 1, 2], [7, 8]) },
    constants: { i: new Tensor('int64', [1n, 2n], [1, 1, 1, 2]), shape: int64([1, 1, 2, 5]) },
    dims: [1, 1, 2, 5],
    values: [0, 7, 8, 0, 0, 0, 0, 0, 0, 0],
  },
];

describe('vision', () => {
  it.each(known)('$opType $of $attributes', checkNode);

  it.each<[string, NodeSubject, string]>([
    [
      'a grid of other axes',
      { opType: 'GridSample', constants: { g: float32([1, 1, 1, 3]) } },
      'ERR_INVALID_SHAPE',
    ],
    ['an unknown mode', { ...sample([0, 0], { mode: 'bicubic' }, []) }, 'ERR_INVALID_MODEL'],
    [
      'a region of another image',
      { ...region('MaxRoiPool', [2, 0, 0, 1, 1], { pooled_shape: [1, 1] }, []) },
      'ERR_INVALID_MODEL',
    ],
    ['a region without end', { ...region('RoiAlign', [0, 0, 1e30, 1], {}, []) }, 'ERR_LIMIT_EXCEEDED'],
    [
      'blocks of another number',
      { opType: 'Col2Im', feeds: { x: float32([1, 2, 3]) }, constants: { i: int64([3]), b: int64([2]) } },
      'ERR_INVALID_SHAPE',
    ],
    [
      'offsets of other dims',
      { opType: 'DeformConv', constants: { w: random([1, 1, 1, 1], 1), o: float32([1, 2, 1, 1]) } },
      'ERR_INVALID_SHAPE',
    ],
    [
      'an index outside',
      {
        opType: 'MaxUnpool',
        attributes: { kernel_shape: [1, 1] },
        constants: { i: int64([0, 1, 2, 9], [1, 1, 2, 2]) },
      },
      'ERR_INVALID_MODEL',
    ],
  ])('refuses %s', async (_what, subject, code) => {
    const run = outputOf({ feeds: { x: map }, ...subject });
    await expect(run).rejects.toThrow(expect.objectContaining({ code }));
  });
});
