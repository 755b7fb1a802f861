import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, graphProto, int64, type Message, node, random } from '../../support/onnx.ts';
import { code } from '../../support/refusal.ts';
import { checkNode, type NodeSubject, outputOf, runNode } from '../../support/run-node.ts';

/** One query 0 in one head, so that all places that it sees weigh the same. */
const q = float32([1, 1, 1, 2], [0, 0]);
const k = random([1, 1, 3, 2], 3);
const v = float32([1, 1, 3, 1], [3, 6, 12]);

describe('Attention', () => {
  const sees = (values: number[], attributes: NodeSubject['attributes'] & object = {}, constants = {}) =>
    checkNode({ opType: 'Attention', attributes, feeds: { q, k, v }, constants, values, digits: 5 });

  it('is the mean of what a query sees evenly', () => sees([7]));
  it('sees nothing after its place', () => sees([3], { is_causal: 1 }));
  it('sees what a mask lets through', () =>
    sees([9], {}, { m: new Tensor('bool', [false, true, true], [1, 3]) }));
  it('sees nothing after the end of a mask', () => sees([4.5], {}, { m: float32([1, 2]) }));
  it('weighs by what a mask adds', () =>
    sees([3.75], {}, { m: float32([1, 3], [Math.log(3), 0, -Infinity]) }));

  it('joins what came before, and gives it on', async () => {
    const only = node('Attention', ['q', 'k', 'v', '', 'pk', 'pv'], ['y', 'key', 'value'], { is_causal: 1 });
    const past = { pk: random([1, 1, 1, 2], 5), pv: float32([1, 1, 1, 1], [9]) };
    const { y, key, value } = await runNode(only, { q, k, v }, past);
    expect(y!.data[0]).toBeCloseTo(6, 5);
    expect([...key!.data]).toEqual([...past.pk.data, ...k.data]);
    expect([...value!.data]).toEqual([9, 3, 6, 12]);
  });

  it('shares keys between heads, of inputs of rank 3, and caps scores', async () => {
    const feeds = {
      q: float32([1, 1, 2], [0, 1]),
      k: float32([1, 2, 1], [0, 100]),
      v: float32([1, 2, 1], [1, 3]),
    };
    const attributes = {
      q_num_heads: 2,
      kv_num_heads: 1,
      softcap: { float: Math.log(3) },
      scale: { float: 1 },
    };
    await checkNode({ opType: 'Attention', attributes, feeds, dims: [1, 1, 2], values: [2, 2.5], digits: 5 });
  });

  it.each([0, 1, 2, 3])('gives scores in mode %i', async (mode) => {
    const feeds = {
      q: float32([1, 1, 1, 1], [2]),
      k: float32([1, 1, 2, 1], [1, 3]),
      v: float32([1, 1, 2, 1]),
    };
    const only = node('Attention', ['q', 'k', 'v', 'm'], ['y', '', '', 'scores'], {
      qk_matmul_output_mode: mode,
      softcap: { float: 4 },
    });
    const { scores } = await runNode(only, feeds, { m: float32([1, 2], [1, -1]) });
    const capped = [2, 6].map((score) => 4 * Math.tanh(score / 4));
    const biased = [capped[0]! + 1, capped[1]! - 1];
    const first = 1 / (1 + Math.exp(biased[1]! - biased[0]!));
    const expected = [[2, 6], capped, biased, [first, 1 - first]][mode]!;
    for (const [i, score] of expected.entries()) expect(scores!.data[i]).toBeCloseTo(score, 5);
  });

  it.each([
    ['heads that keys do not divide', { k: random([1, 2, 3, 2], 3), v: random([1, 2, 3, 1], 3) }, {}],
    ['keys of another size', { k: random([1, 1, 3, 4], 3) }, {}],
    ['values of another length', { v: random([1, 1, 2, 1], 3) }, {}],
    ['a mask that does not broadcast', {}, { m: float32([2, 3]) }],
    ['past keys without values', {}, { m: float32([1, 3]), pk: random([1, 1, 1, 2], 3) }],
  ])('refuses %s', async (_what, feeds, constants) => {
    const run = outputOf({ opType: 'Attention', feeds: { q, k, v, ...feeds }, constants });
    await expect(run).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_SHAPE' }));
  });
});

describe('RotaryEmbedding', () => {
  const x = float32([1, 1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
  /** By no angle at place 0, by a right angle at place 1. */
  const quarter = {
    c: float32([2, 2], [1, 1, 0, 0]),
    s: float32([2, 2], [0, 0, 1, 1]),
    p: int64([0, 1], [1, 2]),
  };

  it.each([
    ['halves', {}, quarter, [1, 2, 3, 4, -7, -8, 5, 6]],
    ['neighbours', { interleaved: 1 }, quarter, [1, 2, 3, 4, -6, 5, -8, 7]],
    [
      'only the first elements',
      { rotary_embedding_dim: 2 },
      { c: float32([2, 1], [1, 0]), s: float32([2, 1], [0, 1]), p: quarter.p },
      [1, 2, 3, 4, -6, 5, 7, 8],
    ],
    [
      'by place',
      {},
      { c: quarter.c.reshape([1, 2, 2]), s: quarter.s.reshape([1, 2, 2]) },
      [1, 2, 3, 4, -7, -8, 5, 6],
    ],
  ])('turns %s', (_what, attributes, constants, values) =>
    checkNode({ opType: 'RotaryEmbedding', attributes, feeds: { x }, constants, dims: [1, 1, 2, 4], values }),
  );

  it('turns heads side by side', () =>
    checkNode({
      opType: 'RotaryEmbedding',
      attributes: { num_heads: 2 },
      feeds: { x: float32([1, 1, 4], [1, 2, 3, 4]) },
      constants: { c: float32([1, 1, 1], [0]), s: float32([1, 1, 1], [1]) },
      values: [-2, 1, -4, 3],
    }));

  it.each([
    ['a place beyond its tables', { ...quarter, p: int64([0, 2], [1, 2]) }, {}, 'ERR_INVALID_MODEL'],
    ['an odd part', quarter, { rotary_embedding_dim: 3 }, 'ERR_INVALID_MODEL'],
    ['tables of another size', { ...quarter, s: float32([2, 3]) }, {}, 'ERR_INVALID_SHAPE'],
  ])('refuses %s', async (_what, constants, attributes, code) => {
    const run = outputOf({ opType: 'RotaryEmbedding', attributes, feeds: { x }, constants });
    await expect(run).rejects.toThrow(expect.objectContaining({ code }));
  });
});

describe('LinearAttention', () => {
  const column = (...values: number[]) => float32([1, values.length, 1], values);
  const inputs = { q: column(1, 1), k: column(1, 1), v: column(2, 3) };
  const heads = { q_num_heads: 1, kv_num_heads: 1 };
  const [decay, beta] = [column(Math.log(0.5), Math.log(0.5)), column(1, 1)];

  it.each([
    ['linear', {}, [2, 5], 5],
    ['gated', { decay }, [2, 4], 4],
    ['delta', { past: float32([1, 1, 1, 1]), decay: undefined, beta }, [2, 3], 3],
    ['gated_delta', { past: float32([1, 1, 1, 1], [2]), decay, beta }, [2, 3], 3],
  ])('adds by rule %s', async (rule, more, values, state) => {
    const given: Record<string, Tensor | undefined> = { past: undefined, ...more };
    const names = ['past', 'decay', 'beta'].map((name) => (given[name] ? name : ''));
    while (names.at(-1) === '') names.pop();
    const constants = Object.fromEntries(
      Object.entries(given).filter((each): each is [string, Tensor] => !!each[1]),
    );
    const only = node('LinearAttention', ['q', 'k', 'v', ...names], ['y', 's'], {
      ...heads,
      update_rule: rule,
    });
    const { y, s } = await runNode(only, inputs, constants);
    for (const [i, value] of values.entries()) expect(y!.data[i]).toBeCloseTo(value, 5);
    expect(s!.data[0]).toBeCloseTo(state, 5);
  });

  it.each([
    ['a rule without its inputs', { ...heads, update_rule: 'gated' }, 'ERR_INVALID_MODEL'],
    [
      'heads that groups do not divide',
      { q_num_heads: 1, kv_num_heads: 2, update_rule: 'linear' },
      'ERR_INVALID_MODEL',
    ],
  ])('refuses %s', async (_what, attributes, code) => {
    const run = outputOf({ opType: 'LinearAttention', attributes, feeds: inputs });
    await expect(run).rejects.toThrow(expect.objectContaining({ code }));
  });
});

describe('CausalConvWithState', () => {
  const [signal, w] = [float32([1, 1, 3], [1, 2, 3]), float32([1, 1, 2], [1, 10])];

  it.each([
    ['from zeros', ['x', 'w'], {}, [10, 21, 32]],
    ['from what came before', ['x', 'w', '', 'past'], { past: float32([1, 1, 1], [5]) }, [15, 21, 32]],
  ])('convolves %s, and gives its end on', async (_what, inputs, constants, values) => {
    const only = node('CausalConvWithState', inputs, ['y', 'present']);
    const { y, present } = await runNode(only, { x: signal }, { w, ...constants });
    expect([...y!.data]).toEqual(values);
    expect([...present!.data]).toEqual([3]);
  });

  it('ends with SiLU', () =>
    checkNode({
      opType: 'CausalConvWithState',
      attributes: { activation: 'silu' },
      feeds: { x: float32([1, 1, 1], [0.1]) },
      constants: { w },
      values: [0.7310586],
      digits: 5,
    }));

  it('refuses weights of other channels', async () => {
    const run = outputOf({
      opType: 'CausalConvWithState',
      feeds: { x: signal },
      constants: { w: float32([2, 1, 2]) },
    });
    await expect(run).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_SHAPE' }));
  });
});

describe('FlexAttention', () => {
  const modifier = (nodes: Message[], constants: Record<string, Tensor> = {}) => ({
    graph: graphProto({ nodes, inputs: [{ name: 's' }], outputs: [{ name: 't' }], constants }),
  });
  const feeds = { q: random([2, 4, 3, 5], 1), k: random([2, 2, 6, 5], 2), v: random([2, 2, 6, 7], 3) };
  const flex = (attributes: NonNullable<Parameters<typeof node>[3]>) => {
    const only = node('FlexAttention', ['q', 'k', 'v'], ['y'], attributes);
    return runNode({ ...only, domain: 'ai.onnx.preview' }, feeds);
  };

  it('does to scores what its graph does, and shares keys between heads', async () => {
    const cap = { c: float32([], [2]) };
    const nodes = [
      node('Div', ['s', 'c'], ['a']),
      node('Tanh', ['a'], ['b']),
      node('Mul', ['b', 'c'], ['t']),
    ];
    const { y } = await flex({ score_mod: modifier(nodes, cap), scale: { float: 3 } });
    const attributes = { softcap: { float: 2 }, scale: { float: 3 } };
    const expected = await runNode(node('Attention', ['q', 'k', 'v'], ['y'], attributes), feeds);
    expect(y!.dims).toEqual([2, 4, 3, 7]);
    for (const [i, value] of y!.data.entries()) expect(value).toBeCloseTo(Number(expected.y!.data[i]), 5);
  });

  it('does to shares what its other graph does', async () => {
    const { y } = await flex({ prob_mod: modifier([node('Neg', ['s'], ['t'])]) });
    const expected = await runNode(node('Attention', ['q', 'k', 'v'], ['y']), feeds);
    for (const [i, value] of y!.data.entries()) expect(value).toBeCloseTo(-Number(expected.y!.data[i]), 5);
  });

  it('refuses masks by a graph', async () => {
    const refused = flex({ mask_mod: modifier([node('Neg', ['s'], ['t'])]) });
    await expect(refused).rejects.toThrow(code('ERR_UNSUPPORTED_OPERATOR'));
  });
});
