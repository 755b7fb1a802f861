import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import { float32, int64, type ModelParts, model, node, random, valueInfo } from '../support/onnx.ts';
import { agrees, input, integers, output, requantized, scalar, zero } from './integers.ts';

const floats = (dims: readonly number[]) => output('float32', dims);

describe('a sum behind a product of integers', () => {
  const cast = [node('Cast', ['c'], ['f'], { to: 1 }), node('Mul', ['f', 's'], ['m'])];
  const add = node('Add', ['m', 'r'], ['y']);

  it('is kept where the product is none of the native ones', async () => {
    const x = integers('uint8', [1, 3, 5, 6], 1);
    const r = random([1, 4, 5, 6], 2);
    const parts: ModelParts = {
      nodes: [node('ConvInteger', ['x', 'w', 'zx'], ['c']), ...cast, add],
      inputs: [input(x), input(r, 'r'), input(scalar(0), 's')],
      outputs: [floats(r.dims)],
      constants: { w: integers('int8', [4, 3, 1, 1], 3), zx: zero('uint8', 7) },
    };
    const { operators } = await agrees(parts, { x, r, s: scalar(0.01) });
    expect(operators).toEqual(['ConvIntegerToFloat', 'Add']);
  });

  it.each([[[6, 8]], [[2, 3, 8]]])('is one of matrices, with %j rows and channels', async (dims) => {
    const x = integers('uint8', dims, 4);
    const r = random([...dims.slice(0, -1), 5], 5);
    const parts: ModelParts = {
      nodes: [node('MatMulInteger', ['x', 'w'], ['c']), ...cast, add],
      inputs: [input(x), input(r, 'r')],
      outputs: [floats(r.dims)],
      constants: { w: integers('int8', [8, 5], 6), s: scalar(0.01) },
    };
    await agrees(parts, { x, r });
  });
});

describe('a product of matrices', () => {
  it.each([false, true])('has zero points by row, constant: %s', async (isConstant) => {
    const x = integers('uint8', [4, 4], 7);
    const zx = new Tensor('uint8', [3, 90, 200, 255], [4]);
    const parts: ModelParts = {
      nodes: [
        node('MatMulInteger', ['x', 'w', 'zx'], ['c']),
        node('Cast', ['c'], ['f'], { to: 1 }),
        node('Mul', ['f', 's'], ['y']),
      ],
      inputs: isConstant ? [input(x)] : [input(x), input(zx, 'zx')],
      outputs: [floats([4, 5])],
      constants: { w: integers('int8', [4, 5], 8), s: scalar(0.01), ...(isConstant && { zx }) },
    };
    await agrees(parts, isConstant ? { x } : { x, zx });
  });

  it('has weights of three axes, with scales along any', async () => {
    const x = random([1, 3, 4], 9);
    for (const axis of [1, 2]) {
      const parts: ModelParts = {
        nodes: [
          ...requantized('x', 'xr', 's', 'z'),
          node('DequantizeLinear', ['w_q', 'sw'], ['w'], { axis }),
          node('MatMul', ['xr', 'w'], ['y']),
        ],
        inputs: [input(x)],
        outputs: [floats([1, 3, 4])],
        constants: {
          ...{ s: scalar(0.013), z: zero('uint8', 20), w_q: integers('int8', [1, 4, 4], 10) },
          sw: float32([4], [0.01, 0.1, 0.5, 1]),
        },
        opset: 13,
      };
      await agrees(parts, { x });
    }
  });

  it('is that of each request, where the first has one row', async () => {
    const bytes = model({
      nodes: [
        node('MatMulInteger', ['x', 'w'], ['c']),
        node('Cast', ['c'], ['f'], { to: 1 }),
        node('Mul', ['f', 's'], ['y']),
      ],
      inputs: [valueInfo('x', 'uint8', ['M', 8]), valueInfo('s', 'float32', ['M', 1])],
      outputs: [valueInfo('y', 'float32', ['M', 5])],
      constants: { w: integers('int8', [8, 5], 11) },
    });
    await using session = await InferenceSession.create(bytes);
    for (const rows of [1, 4, 1, 3]) {
      const x = integers('uint8', [rows, 8], rows);
      const feeds = { x, s: random([rows, 1], 12) };
      const { y } = await session.run(feeds);
      expect(y).toEqual(onMainThread(bytes, feeds).y);
    }
  });
});

it('pixels from outside of a region are no integers of the map', async () => {
  const x = random([1, 2, 6, 6], 13);
  const parts: ModelParts = {
    nodes: [
      ...requantized('x', 'xr', 's', 'z'),
      node('Resize', ['xr', 'region', '', 'sizes'], ['m'], {
        ...{ mode: 'nearest', coordinate_transformation_mode: 'tf_crop_and_resize' },
        extrapolation_value: { float: 0.5 },
      }),
      ...requantized('m', 'y', 's', 'z'),
    ],
    inputs: [input(x)],
    outputs: [output('uint8', [1, 2, 8, 8], 'y_q')],
    constants: {
      ...{ s: scalar(0.013), z: zero('uint8', 128), region: float32([8], [0, 0, -0.5, 0, 1, 1, 1.5, 1]) },
      sizes: int64([1, 2, 8, 8]),
    },
  };
  await agrees(parts, { x }, 1);
});
