import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, type ModelParts, node, random } from '../support/onnx.ts';
import { agrees, type ByteType, input, int32, integers, output, scalar, zero } from './integers.ts';

const perChannel = (values: readonly number[]) => float32([values.length], values);

interface ConvCase {
  readonly dims: readonly number[];
  readonly weights: readonly number[];
  readonly out: readonly number[];
  readonly attributes?: Parameters<typeof node>[3];
}

const convolutions: Record<string, ConvCase> = {
  padded: {
    dims: [2, 5, 9, 7],
    weights: [6, 5, 3, 3],
    out: [2, 6, 9, 7],
    attributes: { pads: [1, 1, 1, 1] },
  },
  'of one pixel': { dims: [1, 17, 6, 5], weights: [33, 17, 1, 1], out: [1, 33, 6, 5] },
  'strided and dilated': {
    ...{ dims: [1, 4, 11, 12], weights: [3, 4, 3, 2], out: [1, 3, 5, 5] },
    attributes: { strides: [2, 2], dilations: [1, 2], pads: [1, 0, 0, 1] },
  },
  grouped: {
    ...{ dims: [1, 6, 5, 5], weights: [8, 3, 3, 3], out: [1, 8, 3, 3] },
    attributes: { group: 2 },
  },
  depthwise: {
    ...{ dims: [1, 19, 8, 9], weights: [19, 1, 3, 3], out: [1, 19, 8, 9] },
    attributes: { group: 19, pads: [1, 1, 1, 1] },
  },
  'of a line': { dims: [2, 3, 20], weights: [4, 3, 5], out: [2, 4, 16] },
};

const forms: readonly [ByteType, ByteType, number, number | readonly number[]][] = [
  ['uint8', 'int8', 128, 0],
  ['uint8', 'uint8', 3, 121],
  ['int8', 'int8', -7, 0],
  ['uint8', 'uint8', 0, [3, 200, 128, 0]],
];

/** `values`, again and again, for `count`. */
const repeat = (values: number | readonly number[], count: number) =>
  typeof values === 'number' ? values : Array.from({ length: count }, (_, i) => values[i % values.length]!);

function zeroPoint(type: ByteType, values: number | readonly number[], count: number): Tensor {
  const all = repeat(values, count);
  return typeof all === 'number' ? zero(type, all) : new Tensor(type, all, [count]);
}

describe.each(Object.entries(convolutions))('a convolution of integers, %s,', (_name, shape) => {
  const { dims, weights, out, attributes } = shape;
  const [count] = weights as [number];

  it.each(forms)('%s by %s, with zero points %i and %j, is exact and native', async (tx, tw, zx, zw) => {
    const x = integers(tx, dims, 1);
    const scales = Array.from({ length: count }, (_, i) => 0.001 + i * 1e-4);
    const parts: ModelParts = {
      nodes: [node('QLinearConv', ['x', 'sx', 'zx', 'w', 'sw', 'zw', 'sy', 'zy', 'b'], ['y'], attributes)],
      inputs: [input(x)],
      outputs: [output(tx, out)],
      constants: {
        ...{ sx: scalar(0.02), zx: zero(tx, zx), w: integers(tw, weights, 2), sw: perChannel(scales) },
        ...{ zw: zeroPoint(tw, zw, count), sy: scalar(0.07), zy: zero(tx, 5) },
        b: int32(Array.from({ length: count }, (_, i) => 300 * i - 200)),
      },
    };
    const { operators } = await agrees(parts, { x });
    expect(operators).toEqual(['QLinearConv']);
  });

  it.each(forms)('%s by %s, of a scale that is told at the run, to floats', async (tx, tw, zx, zw) => {
    const x = integers(tx, dims, 3);
    const parts: ModelParts = {
      nodes: [
        node('ConvInteger', ['x', 'w', 'zx', 'zw'], ['c'], attributes),
        node('Cast', ['c'], ['f'], { to: 1 }),
        node('Mul', ['s', 'sw'], ['scale']),
        node('Mul', ['f', 'scale'], ['m']),
        node('Add', ['m', 'b'], ['a']),
        node('Relu', ['a'], ['y']),
      ],
      inputs: [input(x), input(scalar(0), 's'), input(zero(tx, 0), 'zx')],
      outputs: [output('float32', out)],
      constants: {
        ...{ w: integers(tw, weights, 4), sw: scalar(0.01), zw: zeroPoint(tw, zw, count) },
        b: random([1, count, ...weights.slice(2).map(() => 1)], 5),
      },
    };
    const { operators } = await agrees(parts, { x, s: scalar(0.03), zx: zero(tx, zx) });
    expect(operators).toEqual(['ConvIntegerToFloat']);
  });
});

describe('dynamic quantization', () => {
  const x = random([1, 5, 8, 9], 7);
  const quantize = node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']);
  const scaled = (c: string, y: string) => [
    node('Cast', [c], [`${c}f`], { to: 1 }),
    node('Mul', ['s', 'sw'], [`${c}s`]),
    node('Mul', [`${c}f`, `${c}s`], [y]),
  ];
  const constants = { w: integers('uint8', [6, 5, 3, 3], 8), sw: scalar(0.01), zw: zero('uint8', 117) };

  it('of what a convolution reads is done while it is read', async () => {
    const parts: ModelParts = {
      nodes: [
        quantize,
        node('ConvInteger', ['q', 'w', 'z', 'zw'], ['c'], { pads: [1, 1, 1, 1] }),
        ...scaled('c', 'y'),
      ],
      inputs: [input(x)],
      outputs: [output('float32', [1, 6, 8, 9])],
      constants,
    };
    const { operators } = await agrees(parts, { x });
    expect(operators).toEqual(['DynamicQuantizeLinear', 'ConvIntegerToFloat']);
  });

  it.each([
    { shape: [1, -1, 1, 1], of: 6, images: 1, isFused: true },
    { shape: [2, -1, 1, 1], of: 12, images: 2, isFused: false },
  ])('with a bias of $shape in steps of the sums, as older quantizers write it', async (bias) => {
    const { shape, of, images, isFused } = bias;
    const parts: ModelParts = {
      nodes: [
        quantize,
        node('Mul', ['s', 'sw'], ['step']),
        node('Div', ['b', 'step'], ['steps']),
        node('Floor', ['steps'], ['whole']),
        node('Cast', ['whole'], ['bi'], { to: 6 }),
        node('Reshape', ['bi', 'shape'], ['br']),
        node('ConvInteger', ['q', 'w', 'z', 'zw'], ['c0'], { pads: [1, 1, 1, 1] }),
        node('Add', ['c0', 'br'], ['c']),
        ...scaled('c', 'y'),
      ],
      inputs: [input(x)],
      outputs: [output('float32', [images, 6, 8, 9])],
      constants: {
        ...{ ...constants, b: random([of], 10) },
        shape: new Tensor('int64', shape.map(BigInt), [4]),
      },
    };
    const { operators } = await agrees(parts, { x });
    expect(operators.includes('ConvIntegerToFloat')).toBe(isFused);
    expect(operators.includes('ConvInteger')).toBe(!isFused);
  });

  it('of a map that several read', async () => {
    const parts: ModelParts = {
      nodes: [
        quantize,
        node('ConvInteger', ['q', 'w', 'z', 'zw'], ['c'], { pads: [1, 1, 1, 1] }),
        node('ConvInteger', ['q', 'v', 'z', 'zw'], ['d']),
        ...scaled('c', 'cy'),
        ...scaled('d', 'dy'),
        node('Add', ['cy', 'dy'], ['y']),
      ],
      inputs: [input(x)],
      outputs: [output('float32', [1, 6, 8, 9])],
      constants: { ...constants, v: integers('uint8', [6, 5, 1, 1], 9) },
    };
    const { operators } = await agrees(parts, { x });
    expect(operators).toEqual(['DynamicQuantizeLinear', 'ConvIntegerToFloat', 'ConvIntegerToFloat']);
  });

  it('whose integers are an output, too', async () => {
    const parts: ModelParts = {
      nodes: [quantize, node('ConvInteger', ['q', 'w', 'z', 'zw'], ['c'], {}), ...scaled('c', 'y')],
      inputs: [input(x)],
      outputs: [output('float32', [1, 6, 6, 7]), output('uint8', x.dims, 'q'), output('uint8', [], 'z')],
      constants,
    };
    await agrees(parts, { x });
  });

  it('of matrices, with a scale and a bias for each column', async () => {
    const a = random([2, 3, 20], 10);
    const parts: ModelParts = {
      nodes: [
        quantize,
        node('MatMulInteger', ['q', 'w', 'z', 'zw'], ['c']),
        ...scaled('c', 'm'),
        node('Add', ['m', 'b'], ['y']),
      ],
      inputs: [input(a)],
      outputs: [output('float32', [2, 3, 7])],
      constants: {
        ...{ w: integers('int8', [20, 7], 11), sw: random([7], 12), zw: integers('int8', [7], 13) },
        b: random([7], 14),
      },
    };
    const { operators } = await agrees(parts, { x: a });
    expect(operators).toEqual(['DynamicQuantizeLinear', 'MatMulIntegerToFloat']);
  });

  it('of matrices as onnxruntime has it', async () => {
    const a = random([4, 20], 15);
    const multiply = node('DynamicQuantizeMatMul', ['x', 'w', 'sw', 'zw', 'b'], ['y']);
    const parts: ModelParts = {
      nodes: [{ ...multiply, domain: 'com.microsoft' }],
      inputs: [input(a)],
      outputs: [output('float32', [4, 7])],
      constants: {
        ...{ w: integers('uint8', [20, 7], 11), sw: scalar(0.02), zw: zero('uint8', 128) },
        b: random([7], 14),
      },
    };
    const { operators } = await agrees(parts, { x: a });
    expect(operators).toEqual(['DynamicQuantizeLinear', 'MatMulIntegerToFloat']);
  });
});

describe('a product of matrices of integers', () => {
  it('is exact and native', async () => {
    const x = integers('int8', [3, 4, 33], 20);
    const parts: ModelParts = {
      nodes: [node('QLinearMatMul', ['x', 'sx', 'zx', 'w', 'sw', 'zw', 'sy', 'zy'], ['y'])],
      inputs: [input(x)],
      outputs: [output('int8', [3, 4, 18])],
      constants: {
        ...{
          sx: scalar(0.02),
          zx: zero('int8', -3),
          w: integers('int8', [33, 18], 21),
          sw: random([18], 22),
        },
        ...{ zw: integers('int8', [18], 23), sy: scalar(0.9), zy: zero('int8', 5) },
      },
    };
    const { operators } = await agrees(parts, { x });
    expect(operators).toEqual(['QLinearMatMul']);
  });

  it('whose weights are computed runs on the main thread', async () => {
    const [a, b] = [integers('uint8', [3, 5], 24), integers('uint8', [5, 2], 25)];
    const parts: ModelParts = {
      nodes: [node('MatMulInteger', ['x', 'w'], ['c']), node('Cast', ['c'], ['y'], { to: 1 })],
      inputs: [input(a), input(b, 'w')],
      outputs: [output('float32', [3, 2])],
    };
    await agrees(parts, { x: a, w: b });
  });

  it('whose sums may be larger than 32 bits runs on the main thread', async () => {
    const depth = 33_026;
    const x = new Tensor('uint8', new Uint8Array(depth).fill(255), [1, depth]);
    const parts: ModelParts = {
      nodes: [node('QLinearMatMul', ['x', 'sx', 'zx', 'w', 'sw', 'zw', 'sy', 'zy'], ['y'])],
      inputs: [input(x)],
      outputs: [output('uint8', [1, 1])],
      constants: {
        ...{
          sx: scalar(1),
          zx: zero('uint8', 0),
          w: new Tensor('uint8', new Uint8Array(depth).fill(255), [depth, 1]),
        },
        ...{ sw: scalar(1), zw: zero('uint8', 0), sy: scalar(2 ** 24), zy: zero('uint8', 0) },
      },
    };
    const { results } = await agrees(parts, { x });
    expect([...results.y!.data]).toEqual([128]);
  });
});
