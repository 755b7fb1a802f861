import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64, node, random } from '../support/onnx.ts';
import { checkNode, type NodeSubject, outputOf, runNode } from '../support/run-node.ts';

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
