import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../../src/index.ts';
import {
  float32,
  innerGraph,
  int64,
  io,
  type Message,
  type ModelParts,
  model,
  node,
  valueInfo,
} from '../../support/onnx.ts';
import { code } from '../../support/refusal.ts';
import { feed, relu, x, y } from '../../support/relu.ts';
import { answer, runModel } from '../../support/run.ts';

function choose(condition: readonly Message[], parts: Partial<ModelParts> = {}): Uint8Array {
  const then = innerGraph([node('Add', ['x', 'k'], ['sum'])], ['sum'], { k: float32([1], [10]) });
  const otherwise = innerGraph([node('Neg', ['x'], ['negative'])], ['negative']);
  const branches = { then_branch: { graph: then }, else_branch: { graph: otherwise } };
  return model({ ...relu, nodes: [...condition, node('If', ['c'], ['y'], branches, 'choice')], ...parts });
}

describe('If', () => {
  it.each([
    [true, [9, 13]],
    [false, [1, -3]],
  ])('with the condition %s stands for that branch', async (condition, expected) => {
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [condition], []) });
    expect(await answer(choose([constant]), feed)).toEqual(expected);
  });

  it('takes its condition from dims', async () => {
    const condition = [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'first'], ['rows']),
      node('Equal', ['rows', 'one'], ['c']),
    ];
    const constants = { first: int64([0], []), one: int64([1], []) };
    const bytes = choose(condition, { inputs: [valueInfo('x', 'float32', ['N', 2])], constants });
    expect(await answer(bytes, feed)).toEqual([9, 13]);
    expect(await answer(bytes, { x: float32([2, 2], [1, 2, 3, 4]) })).toEqual([-1, -2, -3, -4]);
  });

  it('takes its condition from the value of an input', async () => {
    const inputs = [x, valueInfo('rate', 'int64', [])];
    const bytes = choose([node('Equal', ['rate', 'k'], ['c'])], {
      inputs,
      constants: { k: int64([16000], []) },
    });
    await using session = await InferenceSession.create(bytes);
    const run = async (rate: number) => [
      ...(await session.run({ ...feed, rate: int64([rate], []) })).y!.data,
    ];
    expect([await run(16000), await run(8000)]).toEqual([
      [9, 13],
      [1, -3],
    ]);
  });

  it('may stand in a branch of another, pass values on and give several outputs', async () => {
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) });
    const inner = innerGraph([node('Neg', ['x'], ['n'])], ['n', 'x']);
    const both = { then_branch: { graph: inner }, else_branch: { graph: inner } };
    const outer = innerGraph([node('If', ['c'], ['p', 'q'], both, 'inner')], ['p', 'q']);
    const branches = { then_branch: { graph: outer }, else_branch: { graph: outer } };
    const nodes = [constant, node('If', ['c'], ['y', 'z'], branches, 'outer')];
    const results = await runModel({ ...relu, nodes, outputs: [y, valueInfo('z', 'float32', [1, 2])] }, feed);
    expect([[...results.y!.data], [...results.z!.data]]).toEqual([
      [1, -3],
      [-1, 3],
    ]);
  });

  it('takes its condition from data', async () => {
    const condition = [node('ReduceMax', ['x'], ['m'], { keepdims: 0 }), node('Greater', ['m', 'k'], ['c'])];
    const size = 2000;
    const bytes = choose(condition, { constants: { k: float32([]) }, ...io({ x: [size] }, { y: [size] }) });
    await using session = await InferenceSession.create(bytes);
    const run = async (value: number) => {
      const { y } = await session.run({ x: float32([size], new Array(size).fill(value)) });
      return [...y!.data.slice(0, 2)];
    };
    expect([await run(1), await run(-1), await run(2)]).toEqual([
      [11, 11],
      [1, 1],
      [12, 12],
    ]);
  });

  it('does not mind what the other branch would need', async () => {
    const then = innerGraph([node('Neg', ['x'], ['n'])], ['n']);
    const otherwise = innerGraph([node('Frobnicate', ['x'], ['f'])], ['f']);
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) });
    const branches = { then_branch: { graph: then }, else_branch: { graph: otherwise } };
    expect(
      await answer(model({ ...relu, nodes: [constant, node('If', ['c'], ['y'], branches)] }), feed),
    ).toEqual([1, -3]);
  });

  it.each<[string, Message]>([
    ['inputs', { ...innerGraph([node('Neg', ['a'], ['n'])], ['n']), input: [{ name: 'a' }] }],
    ['too few outputs', innerGraph([], [])],
    ['a value that nothing gives', innerGraph([node('Neg', ['nowhere'], ['n'])], ['n'])],
  ])('is refused with a branch of %s', async (_what, branch) => {
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) });
    const branches = { then_branch: { graph: branch }, else_branch: { graph: branch } };
    const nodes = [constant, node('If', ['c'], ['y'], branches)];
    await expect(InferenceSession.create(model({ ...relu, nodes }))).rejects.toThrow(
      code('ERR_INVALID_MODEL'),
    );
  });
});
