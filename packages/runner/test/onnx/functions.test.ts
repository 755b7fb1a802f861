import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { innerGraph, type Message, model, node } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { feed, relu } from '../support/relu.ts';
import { answer } from '../support/run.ts';

/** y = LeakyRelu(x; a), as a function whose attribute a is 0.5 unless given. */
const leaky: Message = {
  name: 'Leaky',
  domain: 'local',
  input: ['a'],
  output: ['b'],
  attributeProto: [{ name: 'slope', type: 1, f: 0.5 }],
  node: [
    node('Identity', ['a'], ['t']),
    node('LeakyRelu', ['t'], ['b'], { alpha: { reference: 'slope', type: 1 } }),
  ],
  opsetImport: [{ domain: '', version: 17 }],
};
const call = (opType: string, input: string, output: string, attributes = {}) => ({
  ...node(opType, [input], [output], attributes),
  domain: 'local',
});
const calls = (nodes: readonly Message[], ...functions: Message[]) => model({ ...relu, nodes, functions });

describe("a model's own functions", () => {
  it('are called with attributes, or their defaults', async () => {
    expect(await answer(calls([call('Leaky', 'x', 'y')], leaky), feed)).toEqual([-0.5, 3]);
    expect(await answer(calls([call('Leaky', 'x', 'y', { slope: { float: 2 } })], leaky), feed)).toEqual([
      -2, 3,
    ]);
  });

  it('may be called several times, and inside each other', async () => {
    const twice = {
      ...leaky,
      name: 'Twice',
      node: [call('Leaky', 'a', 't'), call('Leaky', 't', 'b', { slope: { reference: 'slope', type: 1 } })],
    };
    expect(
      await answer(calls([call('Twice', 'x', 't'), call('Leaky', 't', 'y')], leaky, twice), feed),
    ).toEqual([-0.125, 3]);
  });

  it('may pass an input on, and leave optional inputs out', async () => {
    const pass = { ...leaky, name: 'Pass', input: ['a', 'c'], output: ['a'], node: [] };
    expect(await answer(calls([call('Pass', 'x', 'y')], pass), feed)).toEqual([-1, 3]);
  });

  it('may hold graphs that read their values', async () => {
    const branch = innerGraph([node('Neg', ['t'], ['u'])], ['u']);
    const inside = {
      ...leaky,
      name: 'Inside',
      node: [
        node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) }),
        node('Neg', ['a'], ['t']),
        node('If', ['c'], ['b'], { then_branch: { graph: branch }, else_branch: { graph: branch } }),
      ],
    };
    expect(await answer(calls([call('Inside', 'x', 'y')], inside), feed)).toEqual([-1, 3]);
  });

  it('may not call themselves, nor take more than they declare', async () => {
    const self = { ...leaky, name: 'Self', node: [call('Self', 'a', 'b')] };
    const limit = code('ERR_LIMIT_EXCEEDED');
    await expect(InferenceSession.create(calls([call('Self', 'x', 'y')], self))).rejects.toThrow(limit);
    const many = { ...call('Leaky', 'x', 'y'), input: ['x', 'x'] };
    await expect(InferenceSession.create(calls([many], leaky))).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('count their nodes each time', async () => {
    let functions = [leaky];
    for (let level = 0; level < 10; level++) {
      const inner = functions.at(-1)!.name as string;
      const name = `F${level}`;
      const body = [
        call(inner, 'a', 't0'),
        ...Array.from({ length: 9 }, (_, i) => call(inner, `t${i}`, i === 8 ? 'b' : `t${i + 1}`)),
      ];
      functions = [...functions, { ...leaky, name, node: body }];
    }
    const limit = code('ERR_LIMIT_EXCEEDED');
    await expect(InferenceSession.create(calls([call('F9', 'x', 'y')], ...functions))).rejects.toThrow(limit);
  });
});
