import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64, node, random } from '../support/onnx.ts';
import { type NodeCase, type NodeSubject, outputOf, runNode } from '../support/run-node.ts';

const domain = 'com.microsoft';
const x = random([2, 3, 8], 1);
const s = (value: number) => float32([], [value]);
const z = (value: number) => new Tensor('uint8', [value], []);

function u8(dims: readonly number[], step = 1): Tensor {
  const size = dims.reduce((a, b) => a * b, 1);
  return new Tensor(
    'uint8',
    Uint8Array.from({ length: size }, (_, i) => (i * 37 * step + 11) % 256),
    dims,
  );
}

/** The first elements of onnxruntime 1.30's answers. */
const known: readonly NodeCase[] = [
  {
    opType: 'BiasGelu',
    feeds: { x, b: random([8], 2) },
    attributes: {},
    values: [-0.11192, -0.03909, -0.12163, -0.12369],
  },
  {
    opType: 'FastGelu',
    feeds: { x, b: random([8], 2) },
    attributes: {},
    values: [-0.11193, -0.03909, -0.12163, -0.12392],
  },
  {
    opType: 'FastGelu',
    feeds: { x },
    attributes: {},
    values: [0.05541, -0.16107, -0.17004, -0.15555],
  },
  {
    opType: 'FusedMatMul',
    feeds: { x, o: random([2, 5, 8], 3) },
    attributes: { transB: 1, alpha: { float: 0.5 } },
    values: [0.07111, -0.80425, -0.04658, -1.04749],
  },
  {
    opType: 'FusedMatMul',
    feeds: { x, o: random([2, 3, 5], 3) },
    attributes: { transA: 1 },
    values: [-0.71323, -0.56328, -0.11042, -0.88915],
  },
  {
    opType: 'SkipLayerNormalization',
    feeds: { x, s: random([2, 3, 8], 2), g: random([8], 3), be: random([8], 4), b: random([8], 5) },
    attributes: {},
    values: [-0.33987, -0.47153, 0.70461, -0.86076],
  },
  {
    opType: 'SkipLayerNormalization',
    feeds: { x, s: random([2, 3, 8], 2), g: random([8], 3) },
    attributes: { epsilon: { float: 0.1 } },
    values: [-0.0423, -0.50746, -0.06245, 0.36776],
  },
  {
    opType: 'SkipSimplifiedLayerNormalization',
    feeds: { x, s: random([2, 3, 8], 2), g: random([8], 3) },
    attributes: {},
    values: [0.05403, 0.09109, 0.11106, 0.50133],
  },
  {
    opType: 'SkipSimplifiedLayerNormalization',
    feeds: { x, s: random([2, 3, 8], 2), g: random([8], 3), b: random([8], 5) },
    attributes: {},
    values: [0.13402, -0.0669, -0.04165, 0.12996],
  },
  {
    opType: 'SimplifiedLayerNormalization',
    feeds: { x, g: random([8], 3) },
    attributes: {},
    values: [-0.02284, 1.26396, 0.3041, 0.23218],
  },
  {
    opType: 'Attention',
    feeds: { x, w: random([8, 24], 3), b: random([24], 4) },
    attributes: { num_heads: 2 },
    values: [0.96079, 0.34936, 1.22886, -1.29114],
  },
  {
    opType: 'Attention',
    feeds: { x, w: random([8, 24], 3), b: random([24], 4) },
    attributes: { num_heads: 2, unidirectional: 1 },
    values: [-0.45258, -2.51559, -0.61177, 0.27133],
  },
  {
    opType: 'MultiHeadAttention',
    feeds: { x, k: random([2, 5, 8], 2), v: random([2, 5, 8], 3), b: random([24], 4) },
    attributes: { num_heads: 2 },
    values: [-0.39456, -0.93066, 0.76883, -0.90159],
  },
  {
    opType: 'MultiHeadAttention',
    feeds: { x, k: random([2, 5, 8], 2), v: random([2, 5, 8], 3) },
    attributes: { num_heads: 4, scale: { float: 0.3 } },
    values: [0.09677, -0.10154, -0.21306, 0.20457],
  },
  {
    opType: 'RotaryEmbedding',
    feeds: {
      x: random([1, 2, 3, 4], 2),
      p: int64([0, 1, 2], [1, 3]),
      c: random([5, 2], 3),
      s: random([5, 2], 4),
    },
    attributes: {},
    values: [0.22141, -0.44767, 0.10008, 0.91083],
  },
  {
    opType: 'RotaryEmbedding',
    feeds: {
      x: random([1, 3, 8], 2),
      p: int64([0, 4, 2], [1, 3]),
      c: random([5, 2], 3),
      s: random([5, 2], 4),
    },
    attributes: { interleaved: 1 },
    values: [0.40778, 0.03723, -0.08087, 0.76601],
  },
  {
    opType: 'QLinearAdd',
    feeds: {
      a: u8([2, 8]),
      sa: s(0.1),
      za: z(100),
      b: u8([2, 8], 3),
      sb: s(0.2),
      zb: z(3),
      sc: s(0.3),
      zc: z(7),
    },
    attributes: {},
    values: [0, 69, 155, 71],
  },
  {
    opType: 'QLinearMul',
    feeds: {
      a: u8([2, 8]),
      sa: s(0.1),
      za: z(100),
      b: u8([2, 8], 3),
      sb: s(0.2),
      zb: z(3),
      sc: s(3),
      zc: z(7),
    },
    attributes: {},
    values: [2, 0, 0, 19],
  },
  {
    opType: 'QLinearSigmoid',
    feeds: { a: u8([2, 8]), sa: s(0.1), za: z(100), sc: s(1 / 256), zc: z(0) },
    attributes: {},
    values: [0, 1, 47, 230],
  },
  {
    opType: 'QLinearLeakyRelu',
    feeds: { a: u8([2, 8]), sa: s(0.1), za: z(100), sc: s(0.1), zc: z(50) },
    attributes: { alpha: { float: 0.3 } },
    values: [23, 34, 46, 72],
  },
  {
    opType: 'QLinearSoftmax',
    feeds: { a: u8([2, 8]), sa: s(0.01), za: z(100), sc: s(1 / 256), zc: z(0) },
    attributes: { opset: 13, axis: -1 },
    values: [9, 13, 19, 27],
  },
  {
    opType: 'QLinearGlobalAveragePool',
    feeds: { a: u8([1, 2, 3, 4]), sa: s(0.1), za: z(100), sc: s(0.05), zc: z(50) },
    attributes: {},
    values: [66, 100],
  },
  {
    opType: 'QLinearGlobalAveragePool',
    feeds: { a: u8([1, 3, 4, 2]), sa: s(0.1), za: z(100), sc: s(0.05), zc: z(50) },
    attributes: { channels_last: 1 },
    values: [89, 77],
  },
  {
    opType: 'QLinearAveragePool',
    feeds: {
      a: new Tensor('uint8', [102, 104], [1, 1, 1, 2]),
      sa: s(0.1),
      za: z(100),
      sc: s(0.1),
      zc: z(50),
    },
    attributes: { kernel_shape: [1, 2] },
    values: [53],
  },
  {
    opType: 'QLinearConcat',
    feeds: {
      sc: s(0.1),
      zc: z(50),
      a: u8([2, 3]),
      sa: s(0.1),
      za: z(100),
      b: u8([2, 2]),
      sb: s(0.05),
      zb: z(9),
    },
    attributes: { axis: 1 },
    values: [0, 0, 35, 51],
  },
  {
    opType: 'DequantizeLinear',
    feeds: { a: u8([2, 8]), sa: s(0.1), za: z(100) },
    attributes: {},
    values: [-8.9, -5.2, -1.5, 2.2],
  },
  {
    opType: 'QuantizeLinear',
    feeds: { x, sc: s(0.1), zc: z(100) },
    attributes: {},
    values: [101, 90, 93, 95],
  },
];

describe('onnxruntime and Zeroskip agree on', () => {
  it.each(known)('$opType $attributes', async ({ values, ...subject }) => {
    const own = subject.opType.startsWith('Simplified') ? {} : { domain };
    const y = await outputOf({ ...subject, ...own, opset: 17 });
    for (const [i, value] of values.entries()) expect(Number(y.data[i])).toBeCloseTo(value, 4);
  });
});

describe('operators of com.microsoft', () => {
  it('NhwcFusedConv has channels last', async () => {
    const feeds = { x: float32([1, 1, 2, 2], [1, 2, 3, -4]) };
    const constants = { w: float32([1, 2, 1, 1], [1, 10]), b: float32([1], [1]) };
    const attributes = { activation: 'Relu' };
    const y = await outputOf({ opType: 'NhwcFusedConv', domain, attributes, feeds, constants });
    expect(y.dims).toEqual([1, 1, 2, 1]);
    expect([...y.data]).toEqual([22, 0]);
  });

  it('SkipLayerNormalization gives the sum on', async () => {
    const only = {
      ...node('SkipLayerNormalization', ['x', 's', 'g', '', 'b'], ['y', '', '', 'sum']),
      domain,
    };
    const given = { s: float32([1, 2], [1, 1]), g: float32([2], [1, 1]), b: float32([2], [0, 2]) };
    const { y, sum } = await runNode(only, { x: float32([1, 2], [1, 1]) }, given);
    expect([...sum!.data]).toEqual([2, 4]);
    expect(Array.from(y!.data, Number).map(Math.round)).toEqual([-1, 1]);
  });

  it.each<[string, NodeSubject]>([
    [
      'a past',
      {
        opType: 'Attention',
        attributes: { num_heads: 2 },
        constants: { w: random([8, 24], 3), b: random([24], 4), m: random([1], 5) },
      },
    ],
    [
      'keys of rank 4',
      {
        opType: 'MultiHeadAttention',
        attributes: { num_heads: 2 },
        constants: { k: random([2, 2, 5, 4], 3), v: random([2, 2, 5, 4], 4) },
      },
    ],
    ['batches between rows', { opType: 'FusedMatMul', attributes: { transBatchA: 1 }, constants: { o: x } }],
    [
      'places to count from',
      { opType: 'RotaryEmbedding', constants: { p: int64([1]), c: random([5, 2], 3), s: random([5, 2], 4) } },
    ],
  ])('refuse %s', async (_what, subject) => {
    const refusal = expect.objectContaining({ code: 'ERR_UNSUPPORTED_OPERATOR' });
    await expect(outputOf({ ...subject, domain, feeds: { x } })).rejects.toThrow(refusal);
  });
});
