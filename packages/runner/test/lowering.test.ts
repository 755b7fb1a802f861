import type { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { InferenceSession, type LayerTrace } from '../src/index.ts';
import { firstDifference } from './compare.ts';
import { onMainThread } from './on-main-thread.ts';
import { float32, int64, type Message, type ModelParts, model, node, valueInfo } from './onnx.ts';

function random(dims: readonly number[], seed: number, density = 0.6): Tensor<'float32'> {
  return float32(
    dims,
    sparseValues(
      dims.reduce((size, dim) => size * dim, 1),
      density,
      seed,
    ),
  );
}

function positive(dims: readonly number[], seed: number): Tensor<'float32'> {
  return float32(
    dims,
    sparseValues(
      dims.reduce((size, dim) => size * dim, 1),
      1,
      seed,
    ).map((x) => Math.abs(x) + 0.1),
  );
}

interface Outcome {
  readonly results: Record<string, Tensor>;
  readonly layers: LayerTrace[];
}

/** Runs the model, and compares every output with its evaluation on the main thread. */
async function agrees(parts: ModelParts, feeds: Readonly<Record<string, Tensor>>): Promise<Outcome> {
  const bytes = model(parts);
  await using session = await InferenceSession.create(bytes, { intraOpNumThreads: 2 });
  let layers: LayerTrace[] = [];
  const results = await session.run(feeds, {
    trace: (traced) => {
      layers = traced;
    },
  });
  const expected = onMainThread(bytes, feeds);
  for (const [name, tensor] of Object.entries(expected)) {
    expect(firstDifference(results[name]!, tensor, 1e-4, 1e-5), name).toBeUndefined();
  }
  return { results, layers };
}

/** A model of one node that reads `x` and constants. */
function single(
  opType: string,
  x: Tensor,
  outDims: readonly number[],
  attributes: Parameters<typeof node>[3] = {},
  constants: Record<string, Tensor> = {},
  opset = 17,
): ModelParts {
  return {
    nodes: [node(opType, ['x', ...Object.keys(constants)], ['y'], attributes, 'subject')],
    inputs: [valueInfo('x', 'float32', x.dims)],
    outputs: [valueInfo('y', 'float32', outDims)],
    constants,
    opset,
  };
}

/** The model with a native step before its only node, where that node alone would have nothing to compute. */
function afterRelu(parts: ModelParts): ModelParts {
  const [subject] = parts.nodes as [Message];
  const [, ...others] = subject.input as string[];
  return { ...parts, nodes: [node('Relu', ['x'], ['r']), { ...subject, input: ['r', ...others] }] };
}

async function alike(parts: ModelParts, feeds: Readonly<Record<string, Tensor>>): Promise<void> {
  await agrees(parts, feeds);
}

/** As `agrees`, and only the input and the output cross the border of native code. */
async function runsNatively(parts: ModelParts, x: Tensor): Promise<void> {
  const { layers } = await agrees(parts, { x });
  const types = layers.map(({ opType }) => opType);
  expect(types.filter((type) => type === 'CopyIn')).toHaveLength(1);
  expect(types.filter((type) => type === 'CopyOut')).toHaveLength(1);
  expect(types.at(-1)).toBe('CopyOut');
}

describe('element-wise', () => {
  const maps = [[1, 3, 5, 7], [2, 17, 4, 1], [2, 5, 6], [3, 4], [9], [2, 3, 2, 3, 4]];
  const functions = [
    'Relu',
    'Sigmoid',
    'Tanh',
    'LeakyRelu',
    'HardSigmoid',
    'HardSwish',
    'Abs',
    'Neg',
    'Floor',
    'Ceil',
  ];
  it.each(functions.flatMap((opType) => maps.map((dims) => [opType, dims] as const)))(
    '%s of %j',
    (opType, dims) => runsNatively(single(opType, random(dims, 1), dims), random(dims, 1)),
  );

  it.each(['Exp', 'Log', 'Sqrt', 'Reciprocal'])('%s', (opType) =>
    runsNatively(single(opType, positive([1, 3, 4, 5], 2), [1, 3, 4, 5]), positive([1, 3, 4, 5], 2)),
  );

  const x = random([2, 3, 4, 5], 3);
  const shapes = [
    [2, 3, 4, 5],
    [3, 1, 1],
    [1, 3, 1, 1],
    [1],
    [],
    [5],
    [4, 5],
    [2, 1, 1, 1],
    [1, 1, 4, 1],
    [2, 3, 1, 1],
    [4, 1],
  ];
  const operators = ['Add', 'Sub', 'Mul', 'Div'];
  it.each(operators.flatMap((opType) => shapes.map((dims) => [opType, dims] as const)))(
    '%s with a constant of %j',
    (opType, dims) => runsNatively(single(opType, x, x.dims, {}, { b: positive(dims, 4) }), x),
  );

  it.each(operators.flatMap((opType) => shapes.map((dims) => [opType, dims] as const)))(
    '%s of a constant of %j',
    (opType, dims) => {
      const y = positive([2, 3, 4, 5], 5);
      const parts: ModelParts = {
        ...single(opType, y, y.dims, {}, { b: positive(dims, 6) }),
        nodes: [node(opType, ['b', 'x'], ['y'])],
      };
      return runsNatively(parts, y);
    },
  );

  it('adds two computed values that broadcast', async () => {
    const feeds = { x: random([2, 3, 4, 5], 7), z: random([3, 1, 5], 8) };
    const nodes = [node('Add', ['x', 'z'], ['y'])];
    const inputs = [valueInfo('x', 'float32', [2, 3, 4, 5]), valueInfo('z', 'float32', [3, 1, 5])];
    await agrees({ nodes, inputs, outputs: [valueInfo('y', 'float32', [2, 3, 4, 5])] }, feeds);
  });

  it('adds two values of which neither has the dims of the sum', async () => {
    const feeds = { x: random([2, 3, 1, 1], 9), z: random([1, 1, 4, 5], 10) };
    const nodes = [node('Add', ['x', 'z'], ['y'])];
    const inputs = [valueInfo('x', 'float32', [2, 3, 1, 1]), valueInfo('z', 'float32', [1, 1, 4, 5])];
    await agrees({ nodes, inputs, outputs: [valueInfo('y', 'float32', [2, 3, 4, 5])] }, feeds);
  });

  it.each([[2], [0.5], [-1]])('raises to the power of %d', (exponent) => {
    const y = positive([1, 2, 3, 4], 11);
    return runsNatively(single('Pow', y, y.dims, {}, { e: float32([], [exponent]) }), y);
  });

  it.each(['Sum', 'Mean', 'Max', 'Min'])('%s of three operands', (opType) =>
    runsNatively(single(opType, x, x.dims, {}, { a: random([2, 3, 4, 5], 12), b: random([3, 1, 1], 13) }), x),
  );

  it('Clip keeps its upper bound when the bounds exclude each other', () =>
    runsNatively(single('Clip', x, x.dims, {}, { low: float32([], [2]), high: float32([], [1]) }), x));

  it.each([[[3, 1, 1]], [[1]], [[2, 3, 4, 5]]])('PRelu with slopes of %j', (dims) =>
    runsNatively(single('PRelu', x, x.dims, {}, { slope: random(dims, 14) }), x),
  );

  it('passes on NaN and infinities', async () => {
    const odd = float32(
      [1, 1, 1, 6],
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, -3],
    );
    for (const opType of ['Relu', 'LeakyRelu', 'Abs', 'Neg'])
      await runsNatively(single(opType, odd, odd.dims), odd);
  });
});

describe('convolution', () => {
  const conv = (x: Tensor, weights: Tensor, outDims: number[], attributes = {}) =>
    runsNatively(
      single('Conv', x, outDims, attributes, { w: weights, b: random([weights.dims[0]!], 20) }),
      x,
    );

  it('of one spatial axis', () =>
    conv(random([2, 4, 9], 21), random([6, 2, 3], 22), [2, 6, 5], { strides: [2], pads: [1, 1], group: 2 }));
  it('with strides, dilations and pads that differ', () =>
    conv(random([1, 3, 9, 11], 23), random([5, 3, 3, 2], 24), [1, 5, 4, 12], {
      strides: [2, 1],
      dilations: [1, 2],
      pads: [0, 1, 1, 2],
    }));
  it('with SAME_LOWER padding', () =>
    conv(random([1, 2, 5, 5], 25), random([3, 2, 2, 2], 26), [1, 3, 5, 5], { auto_pad: 'SAME_LOWER' }));
  it('per channel', () =>
    conv(random([2, 5, 6, 6], 27), random([5, 1, 3, 3], 28), [2, 5, 4, 4], { group: 5 }));

  it('with weights that are computed', async () => {
    const feeds = { x: random([1, 2, 5, 5], 29), w: random([3, 2, 3, 3], 30) };
    const inputs = [valueInfo('x', 'float32', [1, 2, 5, 5]), valueInfo('w', 'float32', [3, 2, 3, 3])];
    const parts = {
      nodes: [node('Conv', ['x', 'w'], ['y'])],
      inputs,
      outputs: [valueInfo('y', 'float32', [1, 3, 3, 3])],
    };
    await agrees(parts, feeds);
  });

  it('in residual blocks, whose sums are also parts of a concatenation and constants', async () => {
    const x = random([2, 4, 6, 5], 36);
    const same = { pads: [1, 1, 1, 1] };
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['x', 'w'], ['c'], same),
        node('Relu', ['c'], ['r']),
        node('Add', ['x', 'r'], ['s']),
        node('Conv', ['s', 'w'], ['d'], same),
        node('Conv', ['x', 'w'], ['e'], same),
        node('Add', ['d', 'e'], ['t']),
        node('Relu', ['t'], ['u']),
        node('Conv', ['u', 'w'], ['f'], same),
        node('Add', ['f', 'k'], ['v']),
        node('Concat', ['s', 'u', 'v'], ['y'], { axis: 1 }),
      ],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', [2, 12, 6, 5])],
      constants: { w: random([4, 4, 3, 3], 37), k: random([2, 4, 6, 5], 38) },
    };
    const { layers } = await agrees(parts, { x });
    expect(layers.map(({ opType }) => opType)).not.toContain('Add');
  });

  it.each([
    ['stride 1', { strides: [1, 1] }, [1, 4, 7, 7]],
    ['stride 2', { strides: [2, 2] }, [1, 4, 11, 11]],
    [
      'pads and output padding',
      { strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 1] },
      [1, 4, 11, 15],
    ],
    ['dilations and groups', { strides: [2, 2], dilations: [2, 1], group: 1 }, [1, 4, 13, 11]],
    ['pads beyond the kernel', { strides: [1, 1], pads: [3, 3, 0, 0] }, [1, 4, 4, 4]],
  ])('transposed, with %s', (_case, attributes, outDims) => {
    const x = random([1, 3, 5, 5], 31);
    return alike(
      single('ConvTranspose', x, outDims, attributes, { w: random([3, 4, 3, 3], 32), b: random([4], 33) }),
      { x },
    );
  });

  it('transposed, with a stride, runs natively', () => {
    const x = random([1, 4, 5, 6], 34);
    const parts = single(
      'ConvTranspose',
      x,
      [1, 6, 10, 12],
      { strides: [2, 2], group: 2 },
      { w: random([4, 3, 2, 2], 35) },
    );
    return runsNatively(parts, x);
  });
});

describe('pooling', () => {
  const x = random([2, 5, 9, 8], 40, 0.9);
  it.each(['MaxPool', 'AveragePool'])('%s with strides, pads and ceil_mode', (opType) => {
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 1], ceil_mode: 1 };
    return runsNatively(single(opType, x, [2, 5, 5, 4], attributes, {}, 19), x);
  });
  it('AveragePool that counts its padding', () =>
    runsNatively(
      single('AveragePool', x, [2, 5, 9, 8], {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
        count_include_pad: 1,
      }),
      x,
    ));
  it('MaxPool with dilations', () =>
    runsNatively(single('MaxPool', x, [2, 5, 5, 6], { kernel_shape: [3, 2], dilations: [2, 2] }), x));
  it('MaxPool of one spatial axis', () => {
    const line = random([2, 3, 8], 41);
    return runsNatively(single('MaxPool', line, [2, 3, 4], { kernel_shape: [2], strides: [2] }), line);
  });
  it('MaxPool with indices', async () => {
    const parts: ModelParts = {
      nodes: [node('MaxPool', ['x'], ['y', 'i'], { kernel_shape: [2, 2] })],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', [2, 5, 8, 7]), valueInfo('i', 'int64', [2, 5, 8, 7])],
    };
    await agrees(parts, { x });
  });
  it.each(['GlobalAveragePool', 'GlobalMaxPool'])('%s', (opType) =>
    runsNatively(single(opType, x, [2, 5, 1, 1]), x),
  );
  it.each([[1], [0]])('ReduceMean over height and width with keepdims %d', (keepdims) =>
    runsNatively(single('ReduceMean', x, keepdims ? [2, 5, 1, 1] : [2, 5], { axes: [2, 3], keepdims }), x),
  );
  it('ReduceMean over channels', () => alike(single('ReduceMean', x, [2, 1, 9, 8], { axes: [1] }), { x }));
});

describe('normalization', () => {
  const x = random([2, 6, 4, 5], 50);
  const vectors = { a: random([6], 51, 1), b: random([6], 52, 1) };
  it('BatchNormalization', () =>
    runsNatively(
      single('BatchNormalization', x, x.dims, {}, { ...vectors, m: random([6], 53), v: positive([6], 54) }),
      x,
    ));
  it('InstanceNormalization', () => runsNatively(single('InstanceNormalization', x, x.dims, {}, vectors), x));
  it.each([[3], [4], [11]])('LRN over %d channels', (size) =>
    runsNatively(single('LRN', x, x.dims, { size, alpha: { float: 0.1 } }), x),
  );
  it('LayerNormalization', () =>
    alike(single('LayerNormalization', x, x.dims, {}, { a: random([5], 55), b: random([5], 56) }), { x }));
  it('GroupNormalization', () =>
    alike(single('GroupNormalization', x, x.dims, { num_groups: 3 }, vectors, 21), { x }));
  it.each([[1], [2]])('Softmax over axis %d', (axis) => alike(single('Softmax', x, x.dims, { axis }), { x }));
  it.each([[1], [-1]])('Softmax over axis %d runs natively', (axis) =>
    runsNatively(single('Softmax', x, x.dims, { axis }), x),
  );
  it('Softmax over all axes from the second on, before operator set 13', () =>
    runsNatively(single('Softmax', x, x.dims, { axis: 1 }, {}, 11), x));
});

describe('matrices', () => {
  it.each([
    ['plain', {}, [7, 5]],
    ['transposed weights', { transB: 1 }, [5, 7]],
    ['alpha and beta', { alpha: { float: 0.5 }, beta: { float: 2 } }, [7, 5]],
  ])('Gemm, %s', (_case, attributes, dims) => {
    const x = random([3, 7], 60);
    return runsNatively(
      single('Gemm', x, [3, 5], attributes, { w: random(dims, 61), b: random([5], 62) }),
      x,
    );
  });
  it('Gemm with an addend per row', () => {
    const x = random([3, 7], 63);
    return alike(single('Gemm', x, [3, 5], {}, { w: random([7, 5], 64), b: random([3, 1], 65) }), { x });
  });
  it.each([[[2, 3, 7]], [[7]], [[2, 2, 3, 7]]])('MatMul of %j by constant weights', (dims) => {
    const x = random(dims, 66);
    return runsNatively(single('MatMul', x, [...dims.slice(0, -1), 5], {}, { w: random([7, 5], 67) }), x);
  });
  it('a classifier: convolution, flattening, two products', () => {
    const x = random([2, 3, 6, 6], 68);
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['x', 'w'], ['c']),
        node('Relu', ['c'], ['r']),
        node('Flatten', ['r'], ['f']),
        node('Gemm', ['f', 'w1', 'b1'], ['g']),
        node('Relu', ['g'], ['h']),
        node('MatMul', ['h', 'w2'], ['m']),
        node('Add', ['m', 'b2'], ['a']),
        node('Softmax', ['a'], ['y']),
      ],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', [2, 10])],
      constants: {
        w: random([4, 3, 3, 3], 69),
        w1: random([64, 12], 70),
        b1: random([12], 71),
        w2: random([12, 10], 72),
        b2: random([10], 73),
      },
    };
    return runsNatively(parts, x);
  });
});

describe('moving data', () => {
  const x = random([2, 4, 3, 6], 80, 1);
  it.each([[[0, 2, 3, 1]], [[0, 3, 1, 2]], [[3, 2, 1, 0]], [[1, 0, 2, 3]], [[0, 1, 3, 2]], [[0, 2, 1, 3]]])(
    'Transpose by %j',
    (perm) =>
      runsNatively(
        single(
          'Transpose',
          x,
          perm.map((axis) => x.dims[axis]!),
          { perm },
        ),
        x,
      ),
  );
  it('Transpose of axes of length 1 only', () => {
    const thin = random([1, 5, 1, 7], 81);
    return runsNatively(afterRelu(single('Transpose', thin, [1, 1, 5, 7], { perm: [0, 2, 1, 3] })), thin);
  });
  it.each([[[2, 24, 3, 1]], [[2, 4, 18]], [[144]], [[8, 18]], [[2, 2, 2, 3, 6]], [[1, 2, 4, 18]]])(
    'Reshape to %j',
    (dims) => runsNatively(afterRelu(single('Reshape', x, dims, {}, { dims: int64(dims) })), x),
  );
  it('a channel shuffle', () => {
    const parts: ModelParts = {
      nodes: [
        node('Relu', ['x'], ['r']),
        node('Reshape', ['r', 'split'], ['s']),
        node('Transpose', ['s'], ['t'], { perm: [0, 2, 1, 3, 4] }),
        node('Reshape', ['t', 'joined'], ['j']),
        node('Relu', ['j'], ['y']),
      ],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', x.dims)],
      constants: { split: int64([2, 2, 2, 3, 6]), joined: int64([2, 4, 3, 6]) },
    };
    return runsNatively(parts, x);
  });
  it.each([0, 1, 2, 3])('Concat along axis %d', (axis) => {
    const dims = x.dims.map((dim, i) => (i === axis ? 2 * dim + 1 : dim));
    const other = x.dims.map((dim, i) => (i === axis ? dim + 1 : dim));
    const parts: ModelParts = {
      nodes: [node('Relu', ['x'], ['r']), node('Concat', ['r', 'k'], ['y'], { axis })],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', dims)],
      constants: { k: random(other, 82) },
    };
    return runsNatively(parts, x);
  });
  it.each([0, 1, 2, 3])('Split along axis %d', async (axis) => {
    const half = x.dims.map((dim, i) => (i === axis ? 1 : dim));
    const rest = x.dims.map((dim, i) => (i === axis ? dim - 1 : dim));
    const parts: ModelParts = {
      nodes: [
        node('Split', ['x', 'sizes'], ['a', 'b'], { axis }),
        node('Relu', ['a'], ['y']),
        node('Neg', ['b'], ['z']),
      ],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', half), valueInfo('z', 'float32', rest)],
      constants: { sizes: int64([1, x.dims[axis]! - 1]) },
    };
    const { layers } = await agrees(parts, { x });
    expect(layers.filter(({ opType }) => opType === 'CopyIn')).toHaveLength(1);
    expect(layers.filter(({ opType }) => opType === 'CopyOut')).toHaveLength(2);
  });
  it.each([
    ['of channels', [0, 1, 0, 0], [2, 3, 3, 6], [1, 1, 1, 1]],
    ['of rows and columns', [0, 0, 1, 2], [2, 4, 3, 5], [1, 1, 1, 1]],
    ['with steps', [0, 0, 0, 5], [2, 4, 3, -10], [1, 2, 2, -2]],
    ['of images', [1, 0, 0, 0], [2, 4, 3, 6], [1, 1, 1, 1]],
    ['from the end', [-1, -3, -2, -6], [2, 4, 3, -1], [1, 1, 1, 1]],
  ])('Slice %s', (_case, starts, ends, steps) => {
    const constants = {
      starts: int64(starts),
      ends: int64(ends),
      axes: int64([0, 1, 2, 3]),
      steps: int64(steps),
    };
    const length = (axis: number) => {
      const at = (value: number) =>
        value < 0 ? Math.max(value + x.dims[axis]!, steps[axis]! < 0 ? -1 : 0) : value;
      return Math.ceil((at(ends[axis]!) - at(starts[axis]!)) / steps[axis]!);
    };
    return runsNatively(single('Slice', x, [0, 1, 2, 3].map(length), {}, constants), x);
  });
  it.each([
    ['constant', 0],
    ['constant', 2.5],
    ['edge', 0],
    ['reflect', 0],
  ])('Pad around height and width, mode %s, value %d', (mode, value) => {
    const constants = { pads: int64([0, 0, 1, 2, 0, 0, 2, 0]), value: float32([], [value]) };
    return runsNatively(single('Pad', x, [2, 4, 6, 8], { mode }, constants), x);
  });
  it('Pad that also removes', () =>
    runsNatively(single('Pad', x, [2, 4, 2, 8], {}, { pads: int64([0, 0, -1, 2, 0, 0, 0, 0]) }), x));
  it('Pad of channels', () =>
    alike(single('Pad', x, [2, 6, 3, 6], {}, { pads: int64([0, 1, 0, 0, 0, 1, 0, 0]) }), { x }));
  it('Pad with zeros replaces infinities', () => {
    const odd = float32([1, 1, 2, 2], [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 1]);
    return runsNatively(single('Pad', odd, [1, 1, 4, 4], {}, { pads: int64([0, 0, 1, 1, 0, 0, 1, 1]) }), odd);
  });
  it.each([[[2, 4, 3, 6]], [[2, 4, 6, 12]], [[4, 4, 3, 6]], [[2, 12, 3, 6]]])('Tile to %j', (dims) =>
    runsNatively(single('Tile', x, dims, {}, { repeats: int64(dims.map((dim, i) => dim / x.dims[i]!)) }), x),
  );
  it('Expand of channels and of height', async () => {
    const thin = random([2, 4, 1, 1], 83);
    await runsNatively(single('Expand', thin, [2, 4, 3, 5], {}, { dims: int64([2, 4, 3, 5]) }), thin);
    const flat = random([4, 1], 84);
    await runsNatively(single('Expand', flat, [2, 4, 3], {}, { dims: int64([2, 4, 3]) }), flat);
  });
  it.each([[1], [3]])('Gather along axis %d', (axis) => {
    const dims = x.dims.map((dim, i) => (i === axis ? 3 : dim));
    return runsNatively(single('Gather', x, dims, { axis }, { indices: int64([2, 0, -1]) }), x);
  });
  it('Gather of one channel drops the axis', () =>
    runsNatively(single('Gather', x, [2, 3, 6], { axis: 1 }, { index: int64([2], []) }), x));
  it.each(['DCR', 'CRD'])('DepthToSpace, mode %s', (mode) =>
    runsNatively(single('DepthToSpace', x, [2, 1, 6, 12], { blocksize: 2, mode }), x),
  );
  it('SpaceToDepth', () => {
    const y = random([2, 3, 4, 6], 85);
    return runsNatively(single('SpaceToDepth', y, [2, 12, 2, 3], { blocksize: 2 }), y);
  });
});

describe('resizing', () => {
  const x = random([1, 3, 5, 4], 90, 1);
  const to = (h: number, w: number, [n, c]: readonly number[] = x.dims) => ({
    roi: float32([0]),
    scales: float32([0]),
    sizes: int64([n!, c!, h, w]),
  });
  it.each([
    ['linear', 'half_pixel'],
    ['linear', 'align_corners'],
    ['linear', 'asymmetric'],
    ['linear', 'pytorch_half_pixel'],
    ['nearest', 'half_pixel'],
    ['nearest', 'asymmetric'],
  ])('%s, %s', async (mode, coordinate_transformation_mode) => {
    for (const [h, w] of [
      [10, 8],
      [3, 9],
      [1, 1],
      [5, 7],
    ] as const) {
      await runsNatively(
        single('Resize', x, [1, 3, h, w], { mode, coordinate_transformation_mode }, to(h, w)),
        x,
      );
    }
  });
  it.each(['linear', 'nearest'])(
    '%s, of one channel, alone and as a part of a concatenation',
    async (mode) => {
      const one = random([2, 1, 5, 9], 91, 1);
      const sizes = int64([2, 1, 11, 37]);
      const parts: ModelParts = {
        nodes: [
          node('Resize', ['x', '', '', 'sizes'], ['r'], { mode }),
          node('Relu', ['r'], ['p']),
          node('Concat', ['p', 'r'], ['y'], { axis: 1 }),
        ],
        inputs: [valueInfo('x', 'float32', one.dims)],
        outputs: [valueInfo('y', 'float32', [2, 2, 11, 37]), valueInfo('p', 'float32', [2, 1, 11, 37])],
        constants: { sizes },
      };
      await agrees(parts, { x: one });
    },
  );
  it.each([
    ['a few columns', [1, 2, 3, 3], 3, 6],
    ['many columns', [1, 1, 3, 40], 3, 80],
    ['rows', [1, 1, 3, 40], 6, 40],
    ['rows of which some fall on others', [2, 3, 4, 5], 7, 9],
  ])('of %s leaves out what has no weight, infinities, too', async (_, dims, h, w) => {
    const odd = random(dims, 17);
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < odd.size; i += 4) odd.data[i] = special[(i / 4) % 3]!;
    for (const coordinate_transformation_mode of ['half_pixel', 'align_corners']) {
      const attributes = { mode: 'linear', coordinate_transformation_mode };
      await alike(single('Resize', odd, [dims[0]!, dims[1]!, h, w], attributes, to(h, w, dims)), { x: odd });
    }
  });

  it('cubic', () => alike(single('Resize', x, [1, 3, 7, 9], { mode: 'cubic' }, to(7, 9)), { x }));
  it('Upsample', () =>
    runsNatively(
      single('Upsample', x, [1, 3, 10, 12], { mode: 'nearest' }, { s: float32([4], [1, 1, 2, 3]) }, 9),
      x,
    ));
});

describe('steps on the main thread', () => {
  it('between native ones', async () => {
    const x = random([1, 3, 6, 6], 100);
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }),
        node('Erf', ['c'], ['e']),
        node('Conv', ['e', 'v'], ['y']),
      ],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', [1, 2, 6, 6])],
      constants: { w: random([4, 3, 3, 3], 101), v: random([2, 4, 1, 1], 102) },
    };
    const { layers } = await agrees(parts, { x });
    expect(layers.map(({ opType }) => opType)).toEqual([
      'CopyIn',
      'Reorder',
      'Conv',
      'CopyOut',
      'Erf',
      'CopyIn',
      'Reorder',
      'Conv',
      'CopyOut',
    ]);
  });

  it('apply an activation that was fused to them', async () => {
    const feeds = { x: random([2, 3], 103), w: random([3, 4], 104) };
    const parts: ModelParts = {
      nodes: [node('MatMul', ['x', 'w'], ['m']), node('Relu', ['m'], ['y'])],
      inputs: [valueInfo('x', 'float32', [2, 3]), valueInfo('w', 'float32', [3, 4])],
      outputs: [valueInfo('y', 'float32', [2, 4])],
    };
    await agrees(parts, feeds);
  });

  it('take values without elements', async () => {
    const x = float32([0, 3, 4, 4]);
    const parts: ModelParts = {
      nodes: [node('Conv', ['x', 'w'], ['c']), node('Relu', ['c'], ['y'])],
      inputs: [valueInfo('x', 'float32', ['N', 3, 4, 4])],
      outputs: [valueInfo('y', 'float32', ['N', 2, 2, 2])],
      constants: { w: random([2, 3, 3, 3], 105) },
    };
    const { results } = await agrees(parts, { x });
    expect(results.y!.dims).toEqual([0, 2, 2, 2]);
  });
});
