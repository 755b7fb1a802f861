import { describe, it } from 'vitest';
import { float32, type ModelParts, node, valueInfo } from '../support/onnx.ts';
import { agrees, nodeRunsNatively, positive, random, runsNatively, single } from './agreement.ts';

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
    (opType, dims) => nodeRunsNatively(opType, random(dims, 1), dims),
  );

  it.each(['Exp', 'Log', 'Sqrt', 'Reciprocal'])('%s', (opType) =>
    nodeRunsNatively(opType, positive([1, 3, 4, 5], 2), [1, 3, 4, 5]),
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
    (opType, dims) => nodeRunsNatively(opType, x, x.dims, {}, { b: positive(dims, 4) }),
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
    return nodeRunsNatively('Pow', y, y.dims, {}, { e: float32([], [exponent]) });
  });

  it.each(['Sum', 'Mean', 'Max', 'Min'])('%s of three operands', (opType) =>
    nodeRunsNatively(opType, x, x.dims, {}, { a: random([2, 3, 4, 5], 12), b: random([3, 1, 1], 13) }),
  );

  it('Clip keeps its upper bound when the bounds exclude each other', () =>
    nodeRunsNatively('Clip', x, x.dims, {}, { low: float32([], [2]), high: float32([], [1]) }));

  it.each([[[3, 1, 1]], [[1]], [[2, 3, 4, 5]]])('PRelu with slopes of %j', (dims) =>
    nodeRunsNatively('PRelu', x, x.dims, {}, { slope: random(dims, 14) }),
  );

  it('passes on NaN and infinities', async () => {
    const odd = float32(
      [1, 1, 1, 6],
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, -3],
    );
    for (const opType of ['Relu', 'LeakyRelu', 'Abs', 'Neg']) await nodeRunsNatively(opType, odd, odd.dims);
  });
});
