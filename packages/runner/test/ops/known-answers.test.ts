import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, io, type Message, node } from '../support/onnx.ts';
import { runModel } from '../support/run.ts';
import { expectKnown, type Known } from './known.ts';

const ramp = (length: number) =>
  float32(
    [1, 1, 1, length],
    Array.from({ length }, (_, i) => i),
  );
const square = (size: number) =>
  float32(
    [1, 1, size, size],
    Array.from({ length: size * size }, (_, i) => i + 1),
  );
const scales = (value: number) => ({ s: float32([4], [1, 1, 1, value]) });

function resize(mode: Readonly<Record<string, string>>, inputs = ['x', '', 's']): Message {
  return node('Resize', inputs, ['y'], mode);
}

const nearest = (transformation: string, rounding: string) =>
  resize({ coordinate_transformation_mode: transformation, nearest_mode: rounding });

const pool = (opType: string, attributes: Parameters<typeof node>[3]) =>
  node(opType, ['x'], ['y'], attributes);

/** Answers of onnxruntime 1.30 to what exporters write and operators' texts leave open. */
const known: readonly Known[] = [
  {
    of: 'Resize whose coordinate is a whole number in 32 bits only',
    node: nearest('asymmetric', 'floor'),
    input: ramp(6),
    constants: scales(2 / 6),
    values: [0, 3],
  },
  {
    of: 'Resize whose coordinate is a half up to its error in 32 bits, towards the end',
    node: nearest('asymmetric', 'round_prefer_ceil'),
    input: ramp(3),
    constants: scales(2 / 3),
    values: [0, 2],
  },
  {
    of: 'Resize whose coordinate is a half up to its error in 32 bits, towards the start',
    node: nearest('asymmetric', 'round_prefer_floor'),
    input: ramp(3),
    constants: scales(10 / 3),
    values: [0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
  },
  {
    of: 'Resize with tf_half_pixel_for_nn',
    node: nearest('tf_half_pixel_for_nn', 'floor'),
    input: ramp(4),
    constants: scales(2),
    values: [0, 0, 1, 1, 2, 2, 3, 3],
  },
  {
    of: 'Resize-10, which takes the later element where it shrinks',
    node: resize({ mode: 'nearest' }, ['x', 's']),
    input: ramp(6),
    opset: 10,
    constants: scales(0.7),
    values: [0, 2, 3, 5],
  },
  {
    of: 'linear Resize of integers, which cuts off',
    node: resize({ mode: 'linear', coordinate_transformation_mode: 'asymmetric' }),
    input: new Tensor('uint8', new Uint8Array([0, 5, 10, 255]), [1, 1, 1, 4]),
    constants: scales(2),
    values: [0, 2, 5, 7, 10, 132, 255, 255],
  },
  {
    of: 'linear Resize of integers whose sum in 32 bits is just below a whole number',
    node: resize({ mode: 'linear', coordinate_transformation_mode: 'asymmetric' }),
    input: new Tensor('uint8', new Uint8Array([73, 19, 221, 167]), [1, 1, 2, 2]),
    constants: scales(3),
    values: [73, 54, 37, 19, 19, 19, 221, 202, 185, 167, 167, 167],
  },
  {
    of: 'MaxPool with ceil_mode on a map smaller than its kernel',
    node: pool('MaxPool', { kernel_shape: [3, 3], strides: [3, 3], ceil_mode: 1 }),
    input: square(2),
    dims: [1, 1, 1, 1],
    values: [4],
  },
  {
    of: 'AveragePool with ceil_mode on a map smaller than its kernel',
    node: pool('AveragePool', { kernel_shape: [3, 3], strides: [3, 3], ceil_mode: 1 }),
    input: square(2),
    dims: [1, 1, 1, 1],
    values: [2.5],
  },
  {
    of: 'MaxPool with ceil_mode on a map too small for any window',
    node: pool('MaxPool', { kernel_shape: [3, 3], strides: [1, 1], ceil_mode: 1 }),
    input: square(2),
    dims: [1, 1, 0, 0],
    values: [],
  },
  {
    of: 'MaxPool with pads beside SAME_UPPER, which are not read',
    node: pool('MaxPool', {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      auto_pad: 'SAME_UPPER',
    }),
    input: square(4),
    dims: [1, 1, 2, 2],
    values: [11, 12, 15, 16],
  },
  {
    of: 'Conv with pads beside VALID, which are not read, after a Pad',
    node: node('Conv', ['x', 'w'], ['y'], { pads: [1, 1, 1, 1], auto_pad: 'VALID' }),
    input: square(2),
    constants: { w: float32([1, 1, 2, 2], [1, 1, 1, 1]) },
    dims: [1, 1, 1, 1],
    values: [10],
  },
  {
    of: 'Conv with an empty auto_pad',
    node: node('Conv', ['x', 'w'], ['y'], { pads: [0, 0, 1, 1], auto_pad: '' }),
    input: square(2),
    constants: { w: float32([1, 1, 2, 2], [1, 1, 1, 1]) },
    values: [10, 6, 7, 4],
  },
];

describe('onnxruntime and Zeroskip agree on', () => {
  it.each(known)('$of', expectKnown);

  it('nothing else than the size where a scale other than 1 keeps it, which ONNX resizes', async () => {
    const parts = {
      nodes: [nearest('asymmetric', 'floor')],
      ...io({ x: [1, 1, 1, 4] }, { y: [1, 1, 1, 4] }),
      constants: scales(1.2),
    };
    const { y } = await runModel(parts, { x: ramp(4) });
    expect([...y!.data]).toEqual([0, 0, 1, 2]);
  });

  it('the size that a scale in 32 bits makes', async () => {
    const smaller: string[] = [];
    for (let from = 1; from <= 16; from++) {
      for (let to = 1; to <= 16; to++) {
        const parts = {
          nodes: [resize({ mode: 'nearest' })],
          ...io({ x: [1, 1, 1, from] }, { y: [1, 1, 1, '?'] }),
          constants: scales(to / from),
        };
        const { y } = await runModel(parts, { x: ramp(from) });
        if (y!.dims[3] !== to) smaller.push(`${from} → ${to}: ${y!.dims[3]}`);
      }
    }
    expect(smaller).toEqual(['11 → 13: 12']);
  });
});
