import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64, node } from '../../support/onnx.ts';
import { checkNode, type NodeCase, type NodeSubject, outputOf, runNode } from '../../support/run-node.ts';

const uint8 = (dims: readonly number[], values: readonly number[]) => new Tensor('uint8', values, dims);
const int8 = (dims: readonly number[], values: readonly number[]) => new Tensor('int8', values, dims);
const scale = (...values: number[]) => float32(values.length === 1 ? [] : [values.length], values);

const a = uint8([2, 3], [11, 7, 3, 10, 6, 2]);
const b = uint8([3, 2], [1, 4, 2, 5, 3, 6]);
const x = uint8([1, 1, 2, 2], [1, 2, 3, 4]);

const known: readonly NodeCase[] = [
  {
    opType: 'MatMul',
    feeds: { a: new Tensor('int32', [2 ** 30, 3], [1, 2]) },
    constants: { b: new Tensor('int32', [4, 5], [2, 1]) },
    type: 'int32',
    dims: [1, 1],
    values: [15],
  },
  {
    opType: 'MatMul',
    feeds: { a: int64([1, 2], [1, 2]) },
    constants: { b: int64([3, 4], [2, 1]) },
    type: 'int64',
    values: [11],
  },
  {
    opType: 'MatMulInteger',
    of: 'without zero points',
    feeds: { a },
    constants: { b },
    type: 'int32',
    dims: [2, 2],
    values: [34, 97, 28, 82],
  },
  {
    opType: 'MatMulInteger',
    of: 'with a zero point per row, and per column',
    feeds: { a },
    constants: { b, za: uint8([2], [12, 10]), zb: uint8([2], [0, 1]) },
    values: [-38, -68, -32, -56],
  },
  {
    opType: 'ConvInteger',
    of: 'padded with its zero point',
    attributes: { pads: [1, 1, 0, 0] },
    feeds: { x },
    constants: { w: int8([1, 1, 2, 2], [1, 2, 3, 4]), zx: uint8([], [1]) },
    type: 'int32',
    dims: [1, 1, 2, 2],
    values: [0, 4, 8, 20],
  },
  {
    opType: 'ConvInteger',
    of: 'with a zero point per filter',
    feeds: { x },
    constants: { w: int8([2, 1, 1, 1], [1, 1]), zx: uint8([], [0]), zw: int8([2], [0, 2]) },
    values: [1, 2, 3, 4, -1, -2, -3, -4],
  },
  {
    opType: 'QLinearMatMul',
    of: 'with a scale per row, and per column',
    feeds: { a: uint8([2, 1], [4, 6]) },
    constants: {
      sa: scale(1, 0.5),
      za: uint8([2], [2, 2]),
      b: int8([1, 2], [3, -3]),
      sb: scale(1, 2),
      zb: int8([2], [0, 0]),
      sy: scale(4),
      zy: uint8([], [5]),
    },
    type: 'uint8',
    values: [7, 2, 7, 2],
  },
  {
    opType: 'QLinearConv',
    of: 'that saturates, with a bias and a scale per filter',
    feeds: { x },
    constants: {
      sx: scale(1),
      zx: uint8([], [1]),
      w: int8([2, 1, 1, 1], [1, 100]),
      sw: scale(0.5, 1),
      zw: int8([], [0]),
      sy: scale(1),
      zy: uint8([], [10]),
      b: new Tensor('int32', [1, -150]),
    },
    values: [10, 11, 12, 12, 0, 0, 60, 160],
  },
];

describe('of integers', () => {
  it.each(known)('$opType $of', checkNode);

  it.each<[NodeSubject, string]>([
    [
      { opType: 'MatMulInteger', feeds: { a }, constants: { b, z: uint8([3], [0, 0, 0]) } },
      'ERR_INVALID_SHAPE',
    ],
    [{ opType: 'MatMulInteger', feeds: { a }, constants: { b, z: int8([], [0]) } }, 'ERR_INVALID_TYPE'],
    [
      {
        opType: 'ConvInteger',
        feeds: { x },
        constants: { w: uint8([1, 1, 1, 1], [1]), z: uint8([2], [1, 1]) },
      },
      'ERR_INVALID_SHAPE',
    ],
  ])('%o is refused', async (subject, code) => {
    await expect(outputOf(subject)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it.each<[number[], number[], number, number]>([
    [[0, 2, -3, -2.5, 1.34, 0.5], [153, 255, 0, 26, 221, 179], 5 / 255, 153],
    [[-1, -2.1, -1.3], [134, 0, 97], 2.1 / 255, 255],
    [[0, 0], [0, 0], 1, 0],
  ])('DynamicQuantizeLinear of %o', async (values, quantized, step, zero) => {
    const only = node('DynamicQuantizeLinear', ['x'], ['y', 's', 'z']);
    const { y, s, z } = await runNode(only, { x: float32([values.length], values) });
    expect([...y!.data]).toEqual(quantized);
    expect(s!.data[0]).toBeCloseTo(step, 6);
    expect([...z!.data]).toEqual([zero]);
  });
});
