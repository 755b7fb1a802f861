import { describe, expect, it } from 'vitest';
import { checkModel, Tensor } from '../../src/index.ts';
import { float32, innerGraph, io, type ModelParts, model, node, valueInfo } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';

const w = float32([2, 1, 1, 1], [1, 2]);
const network: ModelParts = {
  nodes: [
    node('Conv', ['x', 'w'], ['c'], {}, 'conv'),
    node('Relu', ['c'], ['r'], {}, 'relu'),
    node('Shape', ['x'], ['shape'], {}, 'shape'),
    node('TopK', ['r', 'k'], ['t', 'i'], {}, 'top'),
  ],
  inputs: [valueInfo('x', 'float32', ['N', 1, 'H', 6])],
  outputs: [valueInfo('t', 'float32', ['N', 2, 'H', 1]), valueInfo('shape', 'int64', [4])],
  constants: { w, k: new Tensor('int64', [1n], [1]) },
};

describe('checkModel', () => {
  it('says how each operator runs, for given dims', async () => {
    const { operators, inputs, problem } = await checkModel(model(network), { shapes: { x: [3, 1, 5, 6] } });
    expect(problem).toBeUndefined();
    expect(inputs).toEqual([
      { name: 'x', declared: ['N', 1, 'H', 6], dims: [3, 1, 5, 6], decidesShapes: false },
    ]);
    expect(operators).toEqual([
      { opType: 'Conv', execution: 'native', nodes: ['conv'], elements: 0 },
      { opType: 'Relu', execution: 'absorbed', nodes: ['relu'], elements: 0 },
      { opType: 'Shape', execution: 'absorbed', nodes: ['shape'], elements: 0 },
      { opType: 'TopK', execution: 'javascript', nodes: ['top'], elements: 30 },
    ]);
  });

  it('takes an open batch as 1 and other open dims as 256', async () => {
    const parts = {
      ...network,
      nodes: network.nodes.slice(0, 2),
      outputs: [valueInfo('r', 'float32', ['N', 2, 'H', 6])],
    };
    const { inputs } = await checkModel(model(parts));
    expect(inputs[0]!.dims).toEqual([1, 1, 256, 6]);
  });

  it('names all missing operators, also those inside a branch', async () => {
    const branch = innerGraph([node('Frobnicate', ['x'], ['f'], {}, 'inner')], ['f']);
    const parts: ModelParts = {
      nodes: [
        node('Wobble', ['x'], ['a'], {}, 'w'),
        node('IsTrue', ['a'], ['q'], {}, 'q'),
        node('If', ['c'], ['y'], { then_branch: { graph: branch }, else_branch: { graph: branch } }, 'if'),
      ],
      ...io({ x: [2] }, { y: [2], q: [2] }),
      constants: { c: new Tensor('bool', [true], []) },
    };
    const { operators } = await checkModel(model(parts));
    expect(operators.filter(({ execution }) => execution === 'missing')).toEqual([
      { opType: 'Wobble', execution: 'missing', nodes: ['w'], elements: 0 },
      { opType: 'IsTrue', execution: 'missing', nodes: ['q'], elements: 0 },
      { opType: 'Frobnicate', execution: 'missing', nodes: ['inner'], elements: 0 },
    ]);
  });

  it('counts denormal weights and those that are not finite', async () => {
    const weights = float32([2, 1, 1, 2], [1e-40, Number.NaN, 2 ** -126, 0]);
    const parts = {
      nodes: [node('Conv', ['x', 'w'], ['y'])],
      ...io({ x: [1, 1, 4, 4] }, { y: [1, 2, 4, 3] }),
      constants: { w: weights },
    };
    expect((await checkModel(model(parts))).weights).toEqual([
      { name: 'w', elements: 4, denormal: 1, nonFinite: 1 },
    ]);
  });

  it('says which inputs decide dims, and why it could not work out the rest', async () => {
    const parts = {
      nodes: [node('Reshape', ['x', 's'], ['y'], {}, 'r')],
      inputs: [valueInfo('x', 'float32', [4]), valueInfo('s', 'int64', [2])],
      outputs: [valueInfo('y', 'float32', ['a', 'b'])],
    };
    const report = await checkModel(model(parts));
    expect(report.inputs.map(({ decidesShapes }) => decidesShapes)).toEqual([false, true]);
    expect(report.problem).toContain('"r" (Reshape)');
    expect(report.operators[0]!.execution).toBe('unknown');
  });

  it('refuses shapes that do not fit', async () => {
    await expect(checkModel(model(network), { shapes: { x: [1, 2, 3, 6] } })).rejects.toThrow(
      code('ERR_INVALID_SHAPE'),
    );
  });
});
