import { describe, expect, it } from 'vitest';
import { expectedDensities } from '../../src/compile/expected-density.ts';
import { type ModelParts, node, valueInfo } from '../support/onnx.ts';
import { conv, simplified, w, x } from './simplified.ts';

describe('expected densities', () => {
  const of = (nodes: ModelParts['nodes'], dims = [1, 3, 4, 4]) => {
    const graph = simplified({
      nodes,
      inputs: [x, valueInfo('z', 'float32', [1, 3, 4, 4])],
      outputs: [valueInfo('y', 'float32', dims)],
      constants: { w },
    });
    return expectedDensities(graph).get('y') ?? 1;
  };
  const relu = [conv(), node('Relu', ['c'], ['r'])];

  it('are lower after a ReLU, and after what moves its zeros', () => {
    const after = of([conv(), node('Relu', ['c'], ['y'])]);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(1);
    expect(of([...relu, node('Transpose', ['r'], ['y'], { perm: [0, 1, 3, 2] })])).toBe(after);
  });

  it('rise with sums and pools, and average in concatenations', () => {
    const after = of([conv(), node('Relu', ['c'], ['y'])]);
    const pooled = of([...relu, node('MaxPool', ['r'], ['y'], { kernel_shape: [2, 2] })], [1, 3, 3, 3]);
    expect(pooled).toBeGreaterThan(after);
    expect(pooled).toBeLessThan(1);
    expect(of([...relu, node('Add', ['r', 'z'], ['y'])])).toBe(1);
    const twice = of([...relu, node('Relu', ['z'], ['q']), node('Add', ['r', 'q'], ['y'])]);
    expect(twice).toBeCloseTo(1 - (1 - after) ** 2, 10);
    const joined = of([...relu, node('Concat', ['r', 'z'], ['y'], { axis: 1 })], [1, 6, 4, 4]);
    expect(joined).toBeCloseTo((after + 1) / 2, 10);
  });

  it('are 1 after what leaves no zeros', () => {
    for (const opType of ['Sigmoid', 'HardSwish', 'LeakyRelu']) {
      expect(of([conv(), node(opType, ['c'], ['y'])]), opType).toBe(1);
    }
    expect(of([conv('y')])).toBe(1);
  });
});
