import { defaultLimits } from '@zeroskip/onnx';
import { describe, expect, it } from 'vitest';
import { foldConstants } from '../../src/passes/fold-constants.ts';
import { graphOf, int64, io, type ModelParts, node, opTypes } from '../support/onnx.ts';
import { simplified, x, y } from './simplified.ts';

describe('constant folding', () => {
  const shapes: ModelParts = {
    nodes: [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'zero'], ['n']),
      node('Concat', ['n', 'rest'], ['dims'], { axis: 0 }),
      node('Reshape', ['x', 'dims'], ['y']),
    ],
    ...io({ x: ['N', 2, 4, 4] }, { y: ['N', 32] }),
    constants: { zero: int64([0]), rest: int64([-1]) },
  };

  it('leaves nothing of shape arithmetic once the dims are known', () => {
    expect(opTypes(simplified(shapes, 3).nodes)).toEqual(['Reshape']);
    expect(simplified(shapes, 3).types.get('y')!.dims).toEqual([3, 32]);
  });

  it('leaves what depends on unknown dims', () => {
    expect(opTypes(foldConstants(graphOf(shapes), new Map(), defaultLimits).nodes)).toHaveLength(4);
  });

  it('does not keep widened copies of large weights', () => {
    const parts: ModelParts = {
      nodes: [node('Cast', ['big'], ['w'], { to: 1 }), node('Mul', ['x', 'w'], ['y'])],
      ...io({ x: [1] }, { y: [40_000] }),
      constants: { big: int64(new Array(40_000).fill(1)) },
    };
    const constant = simplified(parts).constants.get('w')!;
    expect(constant.load()).not.toBe(constant.load());
    expect(constant.load().data.every((value) => value === 1)).toBe(true);
  });

  it('drops what no output needs', () => {
    const parts = {
      nodes: [node('Relu', ['x'], ['y']), node('Sqrt', ['x'], ['z'])],
      inputs: [x],
      outputs: [y],
    };
    expect(opTypes(simplified(parts).nodes)).toEqual(['Relu']);
  });
});
