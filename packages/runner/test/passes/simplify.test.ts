import { defaultLimits } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { Simplifier, simplify } from '../../src/passes/simplify.ts';
import { float32, graphOf, int64, io, type ModelParts, node, random } from '../support/onnx.ts';

const named = ({ nodes }: { nodes: readonly { opType: string; outputs: readonly string[] }[] }) =>
  nodes.map(({ opType, outputs }) => `${opType} ${outputs}`);

describe('simplification for ever new dims', () => {
  const types = (dims: readonly number[]) => new Map([['x', { type: 'float32' as const, dims }]]);

  it.each<[string, ModelParts, readonly (readonly number[])[]]>([
    [
      'sums that broadcast for some',
      {
        nodes: [
          node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }),
          node('ReduceMax', ['x'], ['m'], { axes: [2, 3] }),
          node('Add', ['c', 'm'], ['y']),
        ],
        ...io({ x: [1, 3, 'H', 'W'] }, { y: [1, 3, 'H', 'W'] }),
        constants: { w: random([3, 3, 3, 3], 1, 1) },
      },
      [
        [1, 3, 4, 5],
        [1, 3, 1, 1],
        [1, 3, 7, 7],
        [1, 3, 1, 1],
      ],
    ],
    [
      'reshapes that change nothing for some',
      {
        nodes: [node('Relu', ['x'], ['r']), node('Reshape', ['r', 'dims'], ['s']), node('Abs', ['s'], ['y'])],
        ...io({ x: ['N', 'C', 'H', 'W'] }, { y: [1, 3, 'H', 4] }),
        constants: { dims: int64([1, 3, -1, 4]) },
      },
      [
        [1, 3, 2, 4],
        [1, 3, 4, 2],
        [1, 3, 6, 4],
      ],
    ],
    [
      'padding that follows from dims',
      {
        nodes: [
          node('Shape', ['x'], ['s']),
          node('Slice', ['s', 'three', 'four'], ['width']),
          node('Mod', ['width', 'two'], ['odd']),
          node('Concat', ['zeros', 'odd', 'zeros', 'odd'], ['pads'], { axis: 0 }),
          node('Pad', ['x', 'pads'], ['p']),
          node('Conv', ['p', 'w'], ['y']),
        ],
        ...io({ x: [1, 3, 'H', 'W'] }, { y: [1, 2, 'h', 'w'] }),
        constants: {
          w: random([2, 3, 1, 1], 1, 1),
          zeros: int64([0, 0, 0]),
          two: int64([2]),
          three: int64([3]),
          four: int64([4]),
        },
      },
      [
        [1, 3, 4, 4],
        [1, 3, 4, 5],
        [1, 3, 4, 7],
        [1, 3, 4, 6],
      ],
    ],
    [
      'integers of two scales',
      {
        nodes: [
          node('QuantizeLinear', ['x', 's', 'z'], ['q']),
          node('DequantizeLinear', ['q', 's', 'z'], ['r']),
          node('MaxPool', ['r'], ['m'], { kernel_shape: [2, 2] }),
          node('QuantizeLinear', ['m', 't', 'z'], ['p']),
          node('DequantizeLinear', ['p', 't', 'z'], ['y']),
        ],
        ...io({ x: [1, 3, 'H', 'W'] }, { y: [1, 3, 'h', 'w'] }),
        constants: {
          s: float32([], [0.1]),
          t: float32([], [0.2]),
          z: new Tensor('uint8', [20], []),
        },
      },
      [
        [1, 3, 4, 4],
        [1, 3, 4, 5],
      ],
    ],
    [
      'no rows',
      {
        nodes: [node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }), node('Add', ['c', 'c'], ['y'])],
        ...io({ x: ['N', 3, 'H', 'W'] }, { y: ['N', 2, 'H', 'W'] }),
        constants: { w: random([2, 3, 3, 3], 1, 1) },
      },
      [
        [1, 3, 4, 4],
        [0, 3, 4, 4],
        [2, 3, 4, 4],
      ],
    ],
  ])('finds what it finds at once, with %s', (_what, parts, shapes) => {
    const graph = graphOf(parts);
    const simplifier = new Simplifier(graph, defaultLimits, true);
    for (const dims of shapes) {
      const kept = simplifier.simplify(types(dims)).segment;
      const fresh = simplify(graph, types(dims), defaultLimits, true);
      expect(named(kept)).toEqual(named(fresh));
      expect(kept.nodes).toEqual(fresh.nodes);
      for (const { outputs } of kept.nodes)
        for (const name of outputs) expect(kept.types.get(name)).toEqual(fresh.types.get(name));
    }
  });

  it('keeps the nodes for dims that lead to the same', () => {
    const graph = graphOf({
      nodes: [node('Conv', ['x', 'w'], ['c']), node('Relu', ['c'], ['y'])],
      ...io({ x: [1, 3, 'H', 'W'] }, { y: [1, 2, 'H', 'W'] }),
      constants: { w: random([2, 3, 1, 1], 1, 1) },
    });
    const simplifier = new Simplifier(graph, defaultLimits, true);
    const first = simplifier.simplify(types([1, 3, 4, 5])).segment;
    const second = simplifier.simplify(types([1, 3, 7, 6])).segment;
    expect(second.nodes).toBe(first.nodes);
    expect(second.types.get('y')!.dims).toEqual([1, 2, 7, 6]);
  });
});
