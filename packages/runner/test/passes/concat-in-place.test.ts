import { describe, expect, it } from 'vitest';
import { lower } from '../../src/compile/lower.ts';
import { float32, type ModelParts, node, valueInfo } from '../support/onnx.ts';
import { simplified, x } from './simplified.ts';

describe('concatenation in place', () => {
  const branches = (axis: number, dims: number[]): ModelParts => ({
    nodes: [
      node('Relu', ['x'], ['a']),
      node('Sigmoid', ['x'], ['b']),
      node('Concat', ['a', 'b'], ['ab'], { axis }),
      node('Abs', ['ab'], ['c']),
      node('Concat', ['ab', 'c'], ['y'], { axis }),
    ],
    inputs: [x],
    outputs: [valueInfo('y', 'float32', dims)],
  });
  const copies = (parts: ModelParts) => {
    const { actions } = lower(simplified(parts));
    const steps = actions.flatMap((action) => (action.kind === 'step' ? [action.step] : []));
    return steps.filter((step) => step.op === 'elementwise' && step.code.length === 0).length;
  };

  it.each([
    [0, [4, 2, 4, 4]],
    [1, [1, 8, 4, 4]],
    [2, [1, 2, 16, 4]],
    [3, [1, 2, 4, 16]],
  ])('along axis %d copies nothing, also when nested', (axis, dims) => {
    expect(copies(branches(axis, dims))).toBe(0);
  });

  it('copies a value that it takes twice, and constants', () => {
    const parts: ModelParts = {
      nodes: [node('Relu', ['x'], ['a']), node('Concat', ['a', 'a', 'k'], ['y'], { axis: 1 })],
      inputs: [x],
      outputs: [valueInfo('y', 'float32', [1, 5, 4, 4])],
      constants: { k: float32([1, 1, 4, 4]) },
    };
    expect(copies(parts)).toBe(3);
  });

  it('copies once for a value in two concatenations', () => {
    const parts: ModelParts = {
      nodes: [
        node('Relu', ['x'], ['a']),
        node('Abs', ['x'], ['b']),
        node('Neg', ['x'], ['c']),
        node('Concat', ['a', 'b'], ['ab'], { axis: 1 }),
        node('Concat', ['a', 'c'], ['ac'], { axis: 1 }),
        node('Add', ['ab', 'ac'], ['y']),
      ],
      inputs: [x],
      outputs: [valueInfo('y', 'float32', [1, 4, 4, 4])],
    };
    expect(copies(parts)).toBe(1);
  });
});
