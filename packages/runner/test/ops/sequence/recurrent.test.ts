import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../../src/index.ts';
import { float32, model, node, valueInfo } from '../../support/onnx.ts';
import { runModel, traced } from '../../support/run.ts';

type Attributes = NonNullable<Parameters<typeof node>[3]>;

const ones = (...dims: number[]) => float32(dims, new Array(dims.reduce((a, b) => a * b, 1)).fill(1));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const lengths = (...values: number[]) => new Tensor('int32', values, [values.length]);

/** Three steps 1, 2, 3 of a sequence whose weights are all 1, of one value. */
async function recur(
  opType: string,
  gates: number,
  attributes: Attributes = {},
  rest: Record<string, Tensor> = {},
) {
  const constants = { w: ones(1, gates, 1), r: ones(1, gates, 1), ...rest };
  const wide = attributes.direction === 'bidirectional' ? 2 : 1;
  const weights = { ...constants, w: ones(wide, gates, 1), r: ones(wide, gates, 1) };
  const names = ['w', 'r', 'b', 'lengths', 'h', 'c', 'p'].map((name) => (name in weights ? name : ''));
  while (names.at(-1) === '') names.pop();
  const outputs = opType === 'LSTM' ? ['y', 'y_h', 'y_c'] : ['y', 'y_h'];
  return runModel(
    {
      nodes: [node(opType, ['x', ...names], outputs, { hidden_size: 1, ...attributes })],
      inputs: [valueInfo('x', 'float32', [3, 1, 1])],
      outputs: outputs.map((name) => ({ name })),
      constants: weights,
      opset: 14,
    },
    { x: float32([3, 1, 1], [1, 2, 3]) },
  );
}

const close = (tensor: Tensor | undefined, expected: readonly number[]) => {
  expect(tensor!.size).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Number(tensor!.data[i])).toBeCloseTo(value, 5);
};

describe('RNN', () => {
  const relu = { activations: { strings: ['Relu'] } };

  it('adds up what Relu leaves', async () => {
    const { y, y_h } = await recur('RNN', 1, relu);
    close(y, [1, 3, 6]);
    close(y_h, [6]);
    expect(y!.dims).toEqual([3, 1, 1, 1]);
  });

  it('goes backwards', async () => {
    const { y, y_h } = await recur('RNN', 1, { ...relu, direction: 'reverse' });
    close(y, [6, 5, 3]);
    close(y_h, [6]);
  });

  it('goes both ways', async () => {
    const both = { activations: { strings: ['Relu', 'Relu'] }, direction: 'bidirectional' };
    close((await recur('RNN', 1, both)).y, [1, 6, 3, 5, 6, 3]);
  });

  it('ends at the length of a sequence, and starts from a state', async () => {
    const { y, y_h } = await recur('RNN', 1, relu, { lengths: lengths(2), h: ones(1, 1, 1) });
    close(y, [2, 4, 0]);
    close(y_h, [4]);
  });

  it('clips what its function takes, whose parameter is given', async () => {
    const attributes = {
      activations: { strings: ['Affine'] },
      activation_alpha: { floats: [2] },
      activation_beta: { floats: [1] },
      clip: { float: 4 },
    };
    close((await recur('RNN', 1, attributes)).y, [3, 9, 9]);
  });
});

describe('GRU', () => {
  it.each([
    ['before the recurrent weights', 0, 5],
    ['after them', 1, 5],
  ])('resets %s', async (_what, linearBeforeReset, _) => {
    const bias = float32([1, 6], [0, 0, 0, 0, 0, 1]);
    const { y } = await recur('GRU', 3, { linear_before_reset: linearBeforeReset }, { b: bias });
    let h = 0;
    const expected = [1, 2, 3].map((x) => {
      const gate = sigmoid(x + h);
      const next = Math.tanh(x + (linearBeforeReset ? gate * (h + 1) : gate * h + 1));
      h = (1 - gate) * next + gate * h;
      return h;
    });
    close(y, expected);
  });
});

describe('LSTM', () => {
  it('has gates and two states', async () => {
    const { y, y_h, y_c } = await recur('LSTM', 4);
    let [h, c] = [0, 0];
    const expected = [1, 2, 3].map((x) => {
      const gate = sigmoid(x + h);
      c = gate * c + gate * Math.tanh(x + h);
      h = gate * Math.tanh(c);
      return h;
    });
    close(y, expected);
    close(y_h, [h]);
    close(y_c, [c]);
  });

  it('forgets what it does not take in, with input_forget, and sees its cell', async () => {
    const { y_c } = await recur('LSTM', 4, { input_forget: 1 }, { p: ones(1, 3), c: ones(1, 1, 1) });
    let [h, c] = [0, 1];
    for (const x of [1, 2, 3]) {
      const entering = sigmoid(x + h + c);
      const candidate = Math.tanh(x + h);
      const next = (1 - entering) * c + entering * candidate;
      h = sigmoid(x + h + next) * Math.tanh(next);
      c = next;
    }
    close(y_c, [c]);
  });
});

describe('a recurrent operator is refused', () => {
  it.each<[string, Attributes, Record<string, Tensor>, string]>([
    ['with an unknown function', { activations: { strings: ['Gelu'] } }, {}, 'ERR_INVALID_MODEL'],
    [
      'with too few functions',
      { activations: { strings: ['Tanh'] }, direction: 'bidirectional' },
      {},
      'ERR_INVALID_MODEL',
    ],
    ['with a negative clip', { clip: { float: -1 } }, {}, 'ERR_INVALID_MODEL'],
    ['with a layout of 2', { layout: 2 }, {}, 'ERR_INVALID_MODEL'],
    ['with a bias of other dims', {}, { b: ones(1, 3) }, 'ERR_INVALID_SHAPE'],
    ['with a sequence longer than its input', {}, { lengths: lengths(4) }, 'ERR_INVALID_MODEL'],
  ])('%s', async (_what, attributes, constants, code) => {
    await expect(recur('RNN', 1, attributes, constants)).rejects.toThrow(expect.objectContaining({ code }));
  });
});

it('takes sequences with the batch first', async () => {
  const nodes = [node('RNN', ['x', 'w', 'r'], ['y'], { layout: 1, activations: { strings: ['Relu'] } })];
  const given = { x: float32([2, 2, 1], [1, 2, 10, 20]) };
  const constants = { w: ones(1, 1, 1), r: ones(1, 1, 1) };
  const inputs = [valueInfo('x', 'float32', [2, 2, 1])];
  const { y } = await runModel(
    model({ nodes, inputs, outputs: [{ name: 'y' }], constants, opset: 14 }),
    given,
  );
  expect(y!.dims).toEqual([2, 2, 1, 1]);
  expect([...y!.data]).toEqual([1, 3, 10, 30]);
});

/** Values that look random, the same at every call. */
const waves = (dims: readonly number[], phase: number) => {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return float32(
    dims,
    Array.from({ length: size }, (_, i) => 0.4 * Math.sin(1.3 * i + phase)),
  );
};

describe('a recurrent network with constant weights', () => {
  it.each([
    ['RNN', 1, {}],
    ['RNN', 1, { direction: 'reverse' }],
    ['GRU', 3, {}],
    ['GRU', 3, { linear_before_reset: 1, direction: 'bidirectional' }],
    ['LSTM', 4, {}],
    ['LSTM', 4, { direction: 'reverse' }],
    ['LSTM', 4, { direction: 'bidirectional' }],
  ] as const)(
    'runs native steps alone: %s of %i gates, %o',
    async (opType, gates, attributes: Attributes) => {
      const [length, batch, width, hidden] = [5, 2, 7, 19];
      const directions = attributes.direction === 'bidirectional' ? 2 : 1;
      const isLstm = opType === 'LSTM';
      const weights = {
        w: waves([directions, gates * hidden, width], 1),
        r: waves([directions, gates * hidden, hidden], 2),
        b: waves([directions, 2 * gates * hidden], 3),
      };
      const feeds = {
        x: waves([length, batch, width], 4),
        h: waves([directions, batch, hidden], 5),
        ...(isLstm && { c: waves([directions, batch, hidden], 6) }),
      };
      const outputs = ['y', 'y_h', ...(isLstm ? ['y_c'] : [])];
      const names = ['x', 'w', 'r', 'b', '', 'h', ...(isLstm ? ['c'] : [])];
      const info = (tensors: Record<string, Tensor>) =>
        Object.entries(tensors).map(([name, { dims }]) => valueInfo(name, 'float32', dims));
      const network = {
        nodes: [node(opType, names, outputs, { hidden_size: hidden, ...attributes })],
        outputs: outputs.map((name) => ({ name })),
        opset: 14,
      };
      const bytes = model({ ...network, inputs: info(feeds), constants: weights });
      await using session = await InferenceSession.create(bytes);
      const { results: native, layers } = await traced(session, feeds);
      const definition = await runModel(
        { ...network, inputs: info({ ...feeds, ...weights }), constants: {} },
        { ...feeds, ...weights },
      );
      for (const name of outputs) close(native[name], [...definition[name]!.data].map(Number));
      // The weights of the inputs are a convolution's.
      expect(layers.some((layer) => layer.opType === opType && 'algorithm' in layer)).toBe(true);
    },
  );
});
