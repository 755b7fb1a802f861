import { describe, it } from 'vitest';
import { float32, int64, node } from '../support/onnx.ts';
import { expectKnown, type Known } from './known.ts';

const plane = float32([1, 1, 1, 2], [1, 2]);

const old: readonly Known[] = [
  {
    of: 'Add with axis',
    opset: 6,
    node: node('Add', ['x', 'k'], ['y'], { broadcast: 1, axis: 1 }),
    input: float32([1, 2, 1, 2], [1, 2, 3, 4]),
    constants: { k: float32([2], [10, 20]) },
    values: [11, 12, 23, 24],
  },
  {
    of: 'Sub with a suffix',
    opset: 6,
    node: node('Sub', ['x', 'k'], ['y'], { broadcast: 1 }),
    input: float32([1, 2, 1, 2], [1, 2, 3, 4]),
    constants: { k: float32([2], [1, 2]) },
    values: [0, 0, 2, 2],
  },
  {
    of: 'PRelu with a slope for each channel',
    opset: 6,
    node: node('PRelu', ['x', 'k'], ['y']),
    input: float32([1, 2, 1, 2], [-1, 2, -3, 4]),
    constants: { k: float32([2], [0.5, 2]) },
    values: [-0.5, 2, -6, 4],
  },
  {
    of: 'Reshape by an attribute',
    opset: 1,
    node: node('Reshape', ['x'], ['y'], { shape: [2] }),
    values: [-1, 3],
  },
  {
    of: 'Cast by a name',
    opset: 5,
    node: node('Cast', ['x'], ['y'], { to: 'INT32' }),
    values: [-1, 3],
  },
  {
    of: 'Tile of one axis',
    opset: 5,
    node: node('Tile', ['x', 't', 'a'], ['y']),
    constants: { t: int64([2], []), a: int64([1], []) },
    values: [-1, 3, -1, 3],
  },
  {
    of: 'nearest Upsample by two scales',
    opset: 6,
    node: node('Upsample', ['x'], ['y'], { height_scale: { float: 1 }, width_scale: { float: 2 } }),
    input: plane,
    values: [1, 1, 2, 2],
  },
  {
    of: 'bilinear Upsample by two scales',
    opset: 6,
    node: node('Upsample', ['x'], ['y'], {
      height_scale: { float: 1 },
      width_scale: { float: 2 },
      mode: 'bilinear',
    }),
    input: plane,
    values: [1, 1.5, 2, 2],
  },
  {
    of: 'Pad by paddings',
    opset: 1,
    node: node('Pad', ['x'], ['y'], { paddings: [0, 1, 0, 0], value: { float: 7 } }),
    values: [7, -1, 3],
  },
  {
    of: 'Concat of axis 1 unless told',
    opset: 3,
    node: node('Concat', ['x', 'x'], ['y']),
    values: [-1, 3, -1, 3],
  },
  {
    of: 'Clip by attributes',
    opset: 6,
    node: node('Clip', ['x'], ['y'], { min: { float: 0 }, max: { float: 2 } }),
    values: [0, 2],
  },
  {
    of: 'Greater with axis',
    opset: 6,
    node: node('Equal', ['x', 'k'], ['y'], { broadcast: 1, axis: 0 }),
    input: float32([2, 2], [1, 2, 3, 3]),
    constants: { k: float32([2], [1, 3]) },
    values: [1, 0, 1, 1],
  },
];

describe('operator sets before 7', () => {
  it.each(old)('have $of', expectKnown);
});
