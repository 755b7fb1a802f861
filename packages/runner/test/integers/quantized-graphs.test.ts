import { describe, expect, it } from 'vitest';
import { float32, int64, type ModelParts, node, random } from '../support/onnx.ts';
import {
  agrees,
  type ByteType,
  input,
  int32,
  integers,
  output,
  requantized,
  scalar,
  zero,
} from './integers.ts';

const dequantize = (name: string, scale: string, zeroPoint: string, attributes = {}) =>
  node('DequantizeLinear', [`${name}_q`, scale, zeroPoint], [name], attributes);

/** A convolution between quantized maps, whose weights have a scale for each channel, and whose bias is of 32 bits. */
function convolution(type: ByteType, activation?: ReturnType<typeof node>): ModelParts {
  const x = random([1, 5, 7, 8], 1);
  const scales = Array.from({ length: 6 }, (_, i) => 0.004 + i * 1e-3);
  return {
    nodes: [
      ...requantized('x', 'xr', 'sx', 'zx'),
      dequantize('w', 'sw', 'zw', { axis: 0 }),
      dequantize('b', 'sb', 'zb', { axis: 0 }),
      node('Conv', ['xr', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }),
      ...(activation ? [activation] : []),
      ...requantized(activation ? 'a' : 'c', 'yr', 'sy', 'zy'),
      node('Sigmoid', ['yr'], ['y']),
    ],
    inputs: [input(x)],
    outputs: [output('float32', [1, 6, 7, 8]), output(type, [1, 6, 7, 8], 'yr_q')],
    constants: {
      ...{
        sx: scalar(0.02),
        zx: zero(type, 9),
        sy: scalar(0.05),
        zy: zero(type, type === 'uint8' ? 0 : -128),
      },
      ...{ w_q: integers('int8', [6, 5, 3, 3], 2), sw: float32([6], scales), zw: integers('int8', [6], 3) },
      ...{ b_q: int32([3, -70, 400, 0, 9, -1000]), zb: int32([0, 0, 0, 0, 0, 0]) },
      sb: float32(
        [6],
        scales.map((scale) => Math.fround(Math.fround(0.02) * Math.fround(scale))),
      ),
    },
    opset: 19,
  };
}

const x = random([1, 5, 7, 8], 1);

describe.each<ByteType>(['uint8', 'int8'])('between quantized maps of %s', (type) => {
  it('a convolution is one of integers', async () => {
    const { operators } = await agrees(convolution(type), { x }, 1);
    expect(operators).toEqual(['QuantizeLinear', 'QLinearConv', 'Sigmoid']);
  });

  it('a convolution takes in a Relu that the integers imply', async () => {
    const { operators } = await agrees(convolution(type, node('Relu', ['c'], ['a'])), { x }, 1);
    expect(operators).toEqual(['QuantizeLinear', 'QLinearConv', 'Sigmoid']);
  });

  it('a convolution keeps bounds that the integers do not imply', async () => {
    const parts = convolution(type, node('Clip', ['c', 'low', 'high'], ['a']));
    const bounded = { ...parts, constants: { ...parts.constants, low: scalar(0), high: scalar(3) } };
    const { operators } = await agrees(bounded, { x }, 1);
    expect(operators).toEqual(['QuantizeLinear', 'ConvIntegerToFloat', 'QuantizeLinear', 'Sigmoid']);
  });

  it('sums, products and functions are one step', async () => {
    const a = random([1, 18, 4, 5], 11);
    const parts: ModelParts = {
      nodes: [
        ...requantized('x', 'xr', 's', 'z'),
        ...requantized('x', 'v', 't', 'z'),
        node('GlobalMaxPool', ['x'], ['g']),
        ...requantized('g', 'gr', 's', 'z'),
        node('Add', ['xr', 'v'], ['m']),
        node('Mul', ['m', 'gr'], ['p']),
        node('HardSwish', ['p'], ['h']),
        ...requantized('h', 'y', 't', 'z'),
      ],
      inputs: [input(a)],
      outputs: [output(type, a.dims, 'y_q')],
      constants: { s: scalar(0.013), t: scalar(0.03), z: zero(type, 20) },
    };
    const { operators } = await agrees(parts, { x: a }, 1);
    expect(operators.at(-1)).toBe('QuantizeLinear');
    expect(operators).not.toContain('Add');
    // That of the factors, which are fewer than the elements.
    expect(operators.filter((type) => type === 'DequantizeLinear')).toHaveLength(1);
  });

  it.each<[string, string, Parameters<typeof node>[3], readonly number[], boolean]>([
    [
      'MaxPool',
      'the same scale',
      { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
      [1, 5, 4, 4],
      true,
    ],
    ['MaxPool', 'another scale', { kernel_shape: [2, 2] }, [1, 5, 6, 7], false],
    ['Transpose', 'the same scale', { perm: [0, 2, 3, 1] }, [1, 7, 8, 5], true],
    ['Flatten', 'the same scale', {}, [1, 280], true],
    ['Flatten', 'another scale', {}, [1, 280], false],
  ])('%s in %s works on integers', async (opType, _what, attributes, dims, same) => {
    const parts: ModelParts = {
      nodes: [
        ...requantized('x', 'xr', 's', 'z'),
        node(opType, ['xr'], ['m'], attributes),
        ...requantized('m', 'y', same ? 's' : 't', 'z'),
      ],
      inputs: [input(x)],
      outputs: [output(type, dims, 'y_q')],
      constants: { s: scalar(0.013), t: scalar(0.03), z: zero(type, 20) },
    };
    const { operators } = await agrees(parts, { x });
    const moves = opType === 'MaxPool' ? [opType] : [];
    expect(operators).toEqual(['QuantizeLinear', ...moves, ...(same ? [] : ['QuantizeLinear'])]);
  });

  it('nearest pixels are integers, those between are not', async () => {
    const model = (mode: string): ModelParts => ({
      nodes: [
        ...requantized('x', 'xr', 's', 'z'),
        node('Resize', ['xr', '', 'by'], ['m'], { mode }),
        ...requantized('m', 'y', 's', 'z'),
      ],
      inputs: [input(x)],
      outputs: [output(type, [1, 5, 14, 16], 'y_q')],
      constants: { s: scalar(0.013), z: zero(type, 20), by: float32([4], [1, 1, 2, 2]) },
    });
    expect((await agrees(model('nearest'), { x })).operators).toEqual(['QuantizeLinear', 'Resize']);
    const linear = ['QuantizeLinear', 'DequantizeLinear', 'Resize', 'QuantizeLinear'];
    expect((await agrees(model('linear'), { x }, 1)).operators).toEqual(linear);
  });

  it('a concatenation joins integers, those of other scales rescaled', async () => {
    const parts: ModelParts = {
      nodes: [
        ...requantized('x', 'xr', 's', 'z'),
        ...requantized('x', 'v', 't', 'z'),
        node('Concat', ['xr', 'v'], ['m'], { axis: 1 }),
        ...requantized('m', 'y', 's', 'z'),
      ],
      inputs: [input(x)],
      outputs: [output(type, [1, 10, 7, 8], 'y_q')],
      constants: { s: scalar(0.013), t: scalar(0.03), z: zero(type, 20) },
    };
    const { operators } = await agrees(parts, { x });
    expect(new Set(operators)).toEqual(new Set(['QuantizeLinear']));
    expect(operators).toHaveLength(3);
  });

  it.each([0, 1])('a Gemm with transB %i is a product of integers', async (transB) => {
    const a = random([3, 20], 30);
    const parts: ModelParts = {
      nodes: [
        ...requantized('x', 'xr', 's', 'z'),
        dequantize('w', 'sw', 'zw', { axis: 1 - transB }),
        node('Gemm', ['xr', 'w', 'b'], ['g'], { transB }),
        ...requantized('g', 'y', 't', 'z'),
      ],
      inputs: [input(a)],
      outputs: [output(type, [3, 6], 'y_q')],
      constants: {
        ...{ s: scalar(0.013), t: scalar(0.03), z: zero(type, 20), b: random([6], 31) },
        ...{ w_q: integers('int8', transB ? [6, 20] : [20, 6], 32), zw: integers('int8', [6], 33) },
        sw: float32([6], [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]),
      },
    };
    const { operators } = await agrees(parts, { x: a }, 1);
    expect(operators).toEqual(['QuantizeLinear', 'MatMulIntegerToFloat', 'QuantizeLinear']);
  });
});

it.each<[string, boolean]>([
  ['a Relu', true],
  ['nothing', false],
])('the sum of a residual block, with %s behind it, is part of its last convolution', async (_what, relu) => {
  const zeros = (type: ByteType, value: number, prefix: string) => ({ [`z${prefix}`]: zero(type, value) });
  const conv = (from: string, w: string, to: string, pads = 0) => [
    node('DequantizeLinear', [`${w}_q`, 'sw', 'zw'], [w]),
    node('Conv', [from, w], [`${to}c`], { pads: [pads, pads, pads, pads] }),
    ...requantized(`${to}c`, to, `s${to}`, `z${to}`),
  ];
  const parts: ModelParts = {
    nodes: [
      ...requantized('x', 'xr', 'sx', 'zx'),
      ...conv('xr', 'w', 'a', 1),
      ...conv('xr', 'v', 'b'),
      node('Add', ['a', 'b'], ['m']),
      ...(relu ? [node('Relu', ['m'], ['r'])] : []),
      ...requantized(relu ? 'r' : 'm', 'y', 'sy', 'zy'),
    ],
    inputs: [input(x)],
    outputs: [output('uint8', [1, 6, 7, 8], 'y_q')],
    constants: {
      ...{ sx: scalar(0.02), sa: scalar(0.05), sb: scalar(0.03), sy: scalar(0.06), sw: scalar(0.01) },
      ...{
        ...zeros('uint8', 9, 'x'),
        ...zeros('int8', 20, 'a'),
        ...zeros('uint8', 100, 'b'),
        ...zeros('int8', 0, 'w'),
      },
      ...{ w_q: integers('int8', [6, 5, 3, 3], 2), v_q: integers('int8', [6, 5, 1, 1], 3) },
      ...zeros('uint8', relu ? 0 : 70, 'y'),
    },
  };
  const { operators } = await agrees(parts, { x }, 1);
  expect(operators).toEqual(['QuantizeLinear', 'QLinearConv', 'QLinearConvAdd']);
});

it('a network that onnxruntime quantized for its own operators stays among integers', async () => {
  const inMicrosoft = (message: ReturnType<typeof node>) => ({ ...message, domain: 'com.microsoft' });
  const parts: ModelParts = {
    nodes: [
      node('QuantizeLinear', ['x', 's', 'z'], ['q']),
      node('QLinearConv', ['q', 's', 'z', 'w', 'sw', 'zw', 't', 'z', 'b'], ['c'], { pads: [1, 1, 1, 1] }),
      node('MaxPool', ['c'], ['p'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      inMicrosoft(node('QLinearAdd', ['c', 't', 'z', 'p', 't', 'z', 's', 'z'], ['a'])),
      inMicrosoft(node('QLinearConcat', ['t', 'z', 'a', 's', 'z', 'c', 't', 'z'], ['j'], { axis: 1 })),
      inMicrosoft(node('QLinearGlobalAveragePool', ['j', 't', 'z', 's', 'z'], ['g'])),
      node('Reshape', ['g', 'dims'], ['r']),
      node('DequantizeLinear', ['r', 's', 'z'], ['y']),
    ],
    inputs: [input(x)],
    outputs: [output('float32', [1, 10])],
    constants: {
      ...{ s: scalar(0.02), t: scalar(0.04), z: zero('uint8', 30), dims: int64([1, 10]) },
      ...{
        w: integers('int8', [5, 5, 3, 3], 40),
        sw: scalar(0.005),
        zw: zero('int8', 0),
        b: int32([1, 2, 3, 4, 5]),
      },
    },
    opset: 13,
  };
  const { operators } = await agrees(parts, { x });
  expect(operators).not.toContain('Concat');
  expect(operators.slice(0, 3)).toEqual(['QuantizeLinear', 'QLinearConv', 'MaxPool']);
});

it('quantized maps are inputs and outputs', async () => {
  const bytes = integers('int8', [2, 3, 5, 6], 50);
  const parts: ModelParts = {
    nodes: [node('MaxPool', ['x'], ['y'], { kernel_shape: [2, 2] }), node('Cast', ['x'], ['f'], { to: 1 })],
    inputs: [input(bytes)],
    outputs: [output('int8', [2, 3, 4, 5]), output('float32', bytes.dims, 'f')],
  };
  const { operators } = await agrees(parts, { x: bytes });
  expect(operators).toEqual(['MaxPool', 'Cast']);
});
