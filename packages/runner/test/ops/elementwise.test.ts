import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../support/onnx.ts';
import { checkNode, type NodeCase, type NodeSubject, outputOf } from '../support/run-node.ts';

const x = float32([2, 2], [0.5, -0.25, 0, 1]);
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const special = float32([4], [nan, infinity, -infinity, 1]);
const bytes = (...values: number[]) => new Tensor('uint8', values);

const ofReals = (
  opType: string,
  values: readonly number[],
  attributes: NodeSubject['attributes'] = {},
): NodeCase => ({ opType, feeds: { x }, attributes, values, digits: 6 });

const known: readonly NodeCase[] = [
  ofReals('Sin', [0.479425539, -0.247403959, 0, 0.841470985]),
  ofReals('Cos', [0.877582562, 0.968912422, 1, 0.540302306]),
  ofReals('Tan', [0.54630249, -0.255341921, 0, 1.557407725]),
  ofReals('Asin', [0.523598776, -0.252680255, 0, 1.570796327]),
  ofReals('Acos', [1.047197551, 1.823476582, 1.570796327, 0]),
  ofReals('Atan', [0.463647609, -0.244978663, 0, 0.785398163]),
  ofReals('Sinh', [0.521095305, -0.252612317, 0, 1.175201194]),
  ofReals('Cosh', [1.127625965, 1.0314131, 1, 1.543080635]),
  ofReals('Asinh', [0.481211825, -0.247466462, 0, 0.881373587]),
  { ...ofReals('Acosh', [0, 0.96242365, 1.316957897]), feeds: { x: float32([3], [1, 1.5, 2]) } },
  { ...ofReals('Atanh', [0.549306144, -0.255412812, 0]), feeds: { x: float32([3], [0.5, -0.25, 0]) } },
  ofReals('Swish', [0.311229666, -0.109455875, 0, 0.731058579]),
  ofReals('Swish', [0.365529289, -0.094385121, 0, 0.880797078], { alpha: { float: 2 } }),
  ofReals('Shrink', [0.4, 0, 0, 0.9], { lambd: { float: 0.3 }, bias: { float: 0.1 } }),
  ofReals('Hardmax', [1, 0, 0, 1]),
  ofReals('Hardmax', [1, 0, 0, 1], { axis: 0 }),
  { ...ofReals('Hardmax', [0, 0, 0, 1], { axis: 0 }), of: 'of all axes as one', opset: 11 },
  { opType: 'IsNaN', feeds: { special }, type: 'bool', values: [1, 0, 0, 0] },
  { opType: 'IsInf', feeds: { special }, type: 'bool', values: [0, 1, 1, 0] },
  { opType: 'IsInf', feeds: { special }, attributes: { detect_negative: 0 }, values: [0, 1, 0, 0] },
  { opType: 'IsInf', feeds: { special }, attributes: { detect_positive: 0 }, values: [0, 0, 1, 0] },
  { opType: 'BitwiseAnd', feeds: { a: bytes(12, 255) }, constants: { b: bytes(10) }, values: [8, 10] },
  { opType: 'BitwiseOr', feeds: { a: bytes(12, 1) }, constants: { b: bytes(10) }, values: [14, 11] },
  { opType: 'BitwiseXor', feeds: { a: int64([12, -1]) }, constants: { b: int64([10]) }, values: [6, -11] },
  { opType: 'BitwiseNot', feeds: { a: bytes(0, 254) }, type: 'uint8', values: [255, 1] },
  {
    opType: 'BitShift',
    of: 'left',
    attributes: { direction: 'LEFT' },
    feeds: { a: bytes(3, 255, 1) },
    constants: { b: bytes(1, 4, 32) },
    values: [6, 240, 0],
  },
  {
    opType: 'BitShift',
    of: 'right',
    attributes: { direction: 'RIGHT' },
    feeds: { a: new Tensor('uint64', [2n ** 63n, 5n]) },
    constants: { b: new Tensor('uint64', [62n, 64n]) },
    values: [2, 0],
  },
  {
    opType: 'BitCast',
    attributes: { to: 6 },
    feeds: { x: float32([2], [1, -2.5]) },
    values: [0x3f800000, -0x3fe00000],
  },
  {
    opType: 'CumProd',
    feeds: { x: float32([2, 2], [1, 2, 3, 4]) },
    constants: { axis: int64([1], []) },
    values: [1, 2, 3, 12],
  },
  {
    opType: 'CumProd',
    of: 'from the end, of integers that wrap around',
    attributes: { reverse: 1, exclusive: 1 },
    feeds: { x: new Tensor('int32', [7, 2 ** 20 + 1, 2 ** 20 + 1]) },
    constants: { axis: int64([0], []) },
    values: [2 ** 21 + 1, 2 ** 20 + 1, 1],
  },
  {
    opType: 'ReduceMax',
    of: 'of truth values',
    attributes: { keepdims: 0 },
    feeds: { x: new Tensor('bool', [false, true]) },
    type: 'bool',
    values: [1],
  },
  { opType: 'GlobalLpPool', feeds: { x: float32([1, 1, 4], [1, 2, -2, 4]) }, dims: [1, 1, 1], values: [5] },
  {
    opType: 'RMSNormalization',
    feeds: { x: float32([2, 2], [3, 4, 0, 1]) },
    constants: { scale: float32([2], [1, 2]) },
    attributes: { epsilon: { float: 0 } },
    values: [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5), 0, 2 * Math.SQRT2],
    digits: 6,
  },
  {
    opType: 'MeanVarianceNormalization',
    feeds: { x: float32([2, 2, 1, 1], [1, 5, 3, 5]) },
    values: [-1, 0, 1, 0],
    digits: 6,
  },
  {
    opType: 'Det',
    feeds: { x: float32([3, 2, 2], [1, 2, 3, 4, 0, 2, 3, 0, 1, 2, 2, 4]) },
    dims: [3],
    values: [-2, -6, 0],
    digits: 6,
  },
];

describe('of the elements', () => {
  it.each(known)('$opType $of $attributes', checkNode);

  it.each<[NodeSubject, string]>([
    [{ opType: 'Acos', feeds: { x: bytes(1) } }, 'ERR_INVALID_TYPE'],
    [{ opType: 'BitwiseAnd', feeds: { x }, constants: { b: x } }, 'ERR_INVALID_TYPE'],
    [{ opType: 'BitShift', feeds: { x: bytes(1) }, constants: { b: bytes(1) } }, 'ERR_INVALID_MODEL'],
    [{ opType: 'BitCast', feeds: { x }, attributes: { to: 7 } }, 'ERR_INVALID_MODEL'],
    [{ opType: 'BitCast', feeds: { x }, attributes: { to: 10 } }, 'ERR_UNSUPPORTED_OPERATOR'],
    [{ opType: 'Det', feeds: { x: float32([2, 3]) } }, 'ERR_INVALID_SHAPE'],
    [{ opType: 'RMSNormalization', feeds: { x }, constants: { s: float32([3]) } }, 'ERR_INVALID_SHAPE'],
  ])('$opType is refused, case %#', async (subject, code) => {
    await expect(outputOf(subject)).rejects.toThrow(expect.objectContaining({ code }));
  });
});
