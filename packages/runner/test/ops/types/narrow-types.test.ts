import { dataTypeCode } from '@zeroskip/onnx';
import { type ElementType, Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, model, node, valueInfo } from '../../support/onnx.ts';
import { runModel } from '../../support/run.ts';
import { checkNode, type NodeCase, type NodeSubject, outputOf } from '../../support/run-node.ts';

const x = float32([5], [1.6, -2.4, 9, -0.3, 300]);
const cast = (to: ElementType, values: readonly number[], more = {}): NodeCase => ({
  opType: 'Cast',
  feeds: { x },
  attributes: { to: dataTypeCode(to), ...more },
  type: to,
  values,
});

const known: readonly NodeCase[] = [
  cast('int4', [1, -2, -7, 0, -4]),
  cast('uint4', [1, 14, 9, 0, 12]),
  cast('int2', [1, -2, 1, 0, 0]),
  cast('uint2', [1, 2, 1, 0, 0]),
  cast('float8e4m3fn', [0x3d, 0xc2, 0x51, 0xaa, 0x79]),
  cast('float8e5m2', [0x3e, 0xc1, 0x48, 0xb5, 0x5d]),
  cast('float4e2m1', [3, 12, 7, 9, 7]),
  cast('float8e8m0', [127, 255, 130, 255, 135], { round_mode: 'down' }),
  {
    opType: 'CastLike',
    feeds: { x: new Tensor('float8e4m3fn', [1.5, -448]) },
    constants: { like: float32([1]) },
    type: 'float32',
    values: [1.5, -448],
  },
  {
    opType: 'CastLike',
    feeds: { x: new Tensor('int4', [-8, 7]) },
    constants: { like: new Tensor('int8', [0]) },
    type: 'int8',
    values: [-8, 7],
  },
  {
    opType: 'DequantizeLinear',
    of: 'of packed 4-bit weights, in blocks',
    attributes: { axis: 1, block_size: 2 },
    constants: {
      x: new Tensor('uint4', [0, 1, 2, 3, 15, 14, 13, 12, 11, 10], [2, 5]),
      scale: float32([2, 3], [1, 2, 3, 4, 5, 6]),
      zero: new Tensor('uint4', [0, 1, 2, 3, 4, 5], [2, 3]),
    },
    dims: [2, 5],
    values: [0, 1, 2, 4, 39, 44, 40, 40, 35, 30],
  },
  {
    opType: 'QuantizeLinear',
    of: 'in blocks',
    attributes: { axis: 0, block_size: 2 },
    feeds: { x: float32([3, 1], [6, -20, 5]) },
    constants: { scale: float32([2, 1], [2, 1]), zero: new Tensor('int4', [1, -1], [2, 1]) },
    type: 'int4',
    values: [4, -8, 4],
  },
  {
    opType: 'QuantizeLinear',
    of: 'to an 8-bit float',
    attributes: { output_dtype: dataTypeCode('float8e5m2') },
    feeds: { x: float32([2], [2, 1e9]) },
    constants: { scale: float32([], [2]) },
    type: 'float8e5m2',
    values: [0x3c, 0x7b],
  },
];

describe('types of less than 32 bits', () => {
  it.each(known)('$opType to $type $of', checkNode);

  it.each<[string, NodeSubject, string]>([
    [
      'arithmetic of 8-bit floats',
      { opType: 'Relu', feeds: { x: new Tensor('float8e5m2', [1]) } },
      'ERR_INVALID_TYPE',
    ],
    [
      'arithmetic of 4-bit integers',
      { opType: 'Neg', feeds: { x: new Tensor('int4', [1]) } },
      'ERR_INVALID_TYPE',
    ],
    ['an unknown rounding', cast('float8e8m0', [], { round_mode: 'even' }), 'ERR_INVALID_MODEL'],
    [
      'scales of other blocks',
      {
        opType: 'DequantizeLinear',
        attributes: { axis: 0, block_size: 2 },
        feeds: { x: new Tensor('int8', [1, 2, 3]) },
        constants: { s: float32([3]) },
      },
      'ERR_INVALID_SHAPE',
    ],
  ])('refuse %s', async (_what, subject, code) => {
    await expect(outputOf(subject)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it('feeds and results in bfloat16 are computed in float32', async () => {
    const given = new Tensor('bfloat16', [1.5, -2, 3], [3]);
    const parts = {
      nodes: [node('Neg', ['x'], ['y'])],
      inputs: [valueInfo('x', 'bfloat16', [3])],
      outputs: [valueInfo('y', 'bfloat16', [3])],
    };
    const { y } = await runModel(model(parts), { x: given });
    expect(y!.type).toBe('bfloat16');
    expect([...y!.data]).toEqual([...new Tensor('bfloat16', [-1.5, 2, -3]).data]);
  });
});
