import { describe, expect, it } from 'vitest';
import { expectedDensities } from '../src/compile/expected-density.ts';
import { lower } from '../src/compile/lower.ts';
import { lowerBound, planMemory } from '../src/compile/memory-plan.ts';
import { placesOf } from '../src/lowering/actions.ts';
import { defaultLimits } from '../src/model/limits.ts';
import { foldConstants } from '../src/passes/fold-constants.ts';
import { simplify } from '../src/passes/simplify.ts';
import {
  float32,
  graphOf,
  inputTypes,
  int64,
  type ModelParts,
  node,
  opTypes,
  random,
  valueInfo,
} from './onnx.ts';

const x = valueInfo('x', 'float32', [1, 2, 4, 4]);
const y = valueInfo('y', 'float32', [1, 3, 4, 4]);
const w = random([3, 2, 3, 3], 1);
const vectors = {
  g: random([3], 2),
  b: random([3], 3),
  m: random([3], 4),
  v: random([3], 5).data.map(Math.abs),
};
const normalization = { g: vectors.g, b: vectors.b, m: vectors.m, v: float32([3], vectors.v) };

function simplified(parts: ModelParts, open = 1) {
  const graph = graphOf(parts);
  return simplify(graph, inputTypes(graph, open), defaultLimits);
}

const conv = (output = 'c') => node('Conv', ['x', 'w'], [output], { pads: [1, 1, 1, 1] }, 'conv');

describe('constant folding', () => {
  const shapes: ModelParts = {
    nodes: [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'zero'], ['n']),
      node('Concat', ['n', 'rest'], ['dims'], { axis: 0 }),
      node('Reshape', ['x', 'dims'], ['y']),
    ],
    inputs: [valueInfo('x', 'float32', ['N', 2, 4, 4])],
    outputs: [valueInfo('y', 'float32', ['N', 32])],
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
      inputs: [valueInfo('x', 'float32', [1])],
      outputs: [valueInfo('y', 'float32', [40_000])],
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

describe('fusion', () => {
  const parts = (nodes: ModelParts['nodes'], outputs = [y]): ModelParts => ({
    nodes,
    inputs: [x],
    outputs,
    constants: {
      w,
      ...normalization,
      low: float32([], [0]),
      high: float32([], [6]),
      p: int64([0, 0, 1, 1, 0, 0, 1, 1]),
    },
  });

  const added = (nodes: ModelParts['nodes']): ModelParts => ({
    ...parts(nodes),
    inputs: [x, valueInfo('z', 'float32', [1, 3, 4, 4])],
  });

  it('joins convolution, normalization and activation under the name of the convolution', () => {
    const nodes = [
      conv(),
      node('BatchNormalization', ['c', 'g', 'b', 'm', 'v'], ['n']),
      node('Relu', ['n'], ['y']),
    ];
    const graph = simplified(parts(nodes));
    expect(opTypes(graph.nodes)).toEqual(['Conv+relu']);
    expect(graph.nodes[0]).toMatchObject({ name: 'conv', outputs: ['y'] });
  });

  it.each([
    [node('Clip', ['c', 'low', 'high'], ['y']), { name: 'clip', alpha: 0, beta: 6 }],
    [node('LeakyRelu', ['c'], ['y'], { alpha: { float: 0.25 } }), { name: 'leakyRelu', alpha: 0.25 }],
    [node('Sigmoid', ['c'], ['y']), { name: 'sigmoid' }],
    [node('Tanh', ['c'], ['y']), { name: 'tanh' }],
    [node('HardSwish', ['c'], ['y']), { name: 'hardSwish' }],
    [node('HardSigmoid', ['c'], ['y']), { name: 'hardSigmoid', beta: 0.5 }],
  ])('of a convolution and %j', (activation, expected) => {
    const graph = simplified(parts([conv(), activation]));
    expect(graph.nodes).toHaveLength(1);
    expect(graph.nodes[0]!.activation).toMatchObject(expected);
  });

  it('leaves a value that something else reads, or that is an output', () => {
    const shared = parts([conv(), node('Relu', ['c'], ['r']), node('Add', ['c', 'r'], ['y'])]);
    expect(opTypes(simplified(shared).nodes)).toEqual(['Conv', 'Relu', 'Add']);
    const both = parts([conv(), node('Relu', ['c'], ['y'])], [y, valueInfo('c', 'float32', [1, 3, 4, 4])]);
    expect(opTypes(simplified(both).nodes)).toEqual(['Conv', 'Relu']);
  });

  it('fuses one activation only', () => {
    const graph = simplified(parts([conv(), node('Relu', ['c'], ['r']), node('Sigmoid', ['r'], ['y'])]));
    expect(opTypes(graph.nodes)).toEqual(['Conv+relu', 'Sigmoid']);
  });

  it.each([
    [[conv(), node('Add', ['c', 'z'], ['y'])], 'Conv', 'z', false],
    [[conv(), node('Add', ['z', 'c'], ['a']), node('Relu', ['a'], ['y'])], 'Conv+relu', 'z', true],
    [[conv(), node('Relu', ['c'], ['r']), node('Add', ['r', 'z'], ['y'])], 'Conv+relu', 'z', false],
  ])('lets a convolution add what an Add after it adds: %#', (nodes, expected, name, beforeActivation) => {
    const graph = simplified(added(nodes));
    expect(opTypes(graph.nodes)).toEqual([expected]);
    expect(graph.nodes[0]).toMatchObject({
      name: 'conv',
      outputs: ['y'],
      addend: { name, beforeActivation },
    });
  });

  it('lets the later of two convolutions add the other', () => {
    const other = node('Conv', ['x', 'w'], ['d'], { pads: [1, 1, 1, 1] }, 'other');
    const graph = simplified(added([conv(), other, node('Add', ['c', 'd'], ['y'])]));
    expect(graph.nodes.map(({ name, addend }) => [name, addend?.name])).toEqual([
      ['conv', undefined],
      ['other', 'c'],
    ]);
  });

  it('leaves an Add with two activations, a broadcast, a shared operand, or no convolution', () => {
    const twice = [
      conv(),
      node('Relu', ['c'], ['r']),
      node('Add', ['r', 'z'], ['a']),
      node('Sigmoid', ['a'], ['y']),
    ];
    expect(opTypes(simplified(added(twice)).nodes)).toEqual(['Conv+relu', 'Add+sigmoid']);
    for (const operands of [
      ['c', 'low'],
      ['c', 'c'],
    ]) {
      expect(opTypes(simplified(added([conv(), node('Add', operands, ['y'])])).nodes)).toEqual([
        'Conv',
        'Add',
      ]);
    }
    const shared = [conv(), node('Add', ['c', 'z'], ['a']), node('Mul', ['a', 'c'], ['y'])];
    expect(opTypes(simplified(added(shared)).nodes)).toEqual(['Conv', 'Add', 'Mul']);
    expect(opTypes(simplified(added([node('Add', ['z', 'z'], ['y'])])).nodes)).toEqual(['Add']);
  });

  it('leaves an Add after a convolution of nothing, whose output is its padding', () => {
    const graph = simplified({
      ...parts([conv(), node('Add', ['c', 'k'], ['y'])]),
      inputs: [valueInfo('x', 'float32', [1, 2, 0, 4])],
      outputs: [valueInfo('y', 'float32', [1, 3, 2, 6])],
      constants: { w: random([3, 2, 1, 1], 1), k: random([1, 3, 2, 6], 2) },
    });
    expect(opTypes(graph.nodes)).toEqual(['Conv', 'Add']);
  });

  it.each(['NOTSET', 'VALID'])('moves zeros around a map into a convolution of auto_pad %s', (auto_pad) => {
    const nodes = [node('Pad', ['x', 'p'], ['q']), node('Conv', ['q', 'w'], ['y'], { auto_pad })];
    const graph = simplified(parts(nodes));
    expect(opTypes(graph.nodes)).toEqual(['Conv']);
    expect(graph.nodes[0]!.attributes.get('pads')!.value).toEqual(BigInt64Array.from([1n, 1n, 1n, 1n]));
    expect(graph.nodes[0]!.attributes.has('auto_pad')).toBe(false);
  });

  it('leaves padding before a convolution whose own depends on the size', () => {
    const same = { auto_pad: 'SAME_UPPER' };
    const graph = simplified(parts([node('Pad', ['x', 'p'], ['q']), node('Conv', ['q', 'w'], ['y'], same)]));
    expect(opTypes(graph.nodes)).toEqual(['Pad', 'Conv']);
  });

  it('leaves padding that something else reads, and padding that is not zeros', () => {
    const pool = node('MaxPool', ['q'], ['z'], { kernel_shape: [2, 2] });
    const outputs = [y, valueInfo('z', 'float32', [1, 2, 5, 5])];
    const read = parts([node('Pad', ['x', 'p'], ['q']), node('Conv', ['q', 'w'], ['y']), pool], outputs);
    expect(opTypes(simplified(read).nodes)).toContain('Pad');
    const edge = parts([node('Pad', ['x', 'p'], ['q'], { mode: 'edge' }), node('Conv', ['q', 'w'], ['y'])]);
    expect(opTypes(simplified(edge).nodes)).toEqual(['Pad', 'Conv']);
    const ones = parts([node('Pad', ['x', 'p', 'high'], ['q']), node('Conv', ['q', 'w'], ['y'])]);
    expect(opTypes(simplified(ones).nodes)).toEqual(['Pad', 'Conv']);
  });

  it('removes what passes a value on unchanged', () => {
    const nodes = [
      node('Identity', ['x'], ['i']),
      node('Dropout', ['i'], ['d', 'mask']),
      node('Cast', ['d'], ['k'], { to: 1 }),
      node('Concat', ['k'], ['j'], { axis: 1 }),
      node('Relu', ['j'], ['y']),
    ];
    expect(opTypes(simplified(parts(nodes)).nodes)).toEqual(['Relu']);
  });
});

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
    return actions.filter((action) => action.kind === 'step' && action.step.op === 'copy').length;
  };

  it.each([
    [0, [4, 2, 4, 4]],
    [1, [1, 8, 4, 4]],
    [2, [1, 2, 16, 4]],
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

describe('memory plan', () => {
  const chain = (length: number): ModelParts => ({
    nodes: Array.from({ length }, (_, i) =>
      node('Conv', [i === 0 ? 'x' : `v${i}`, 'k'], [i === length - 1 ? 'y' : `v${i + 1}`], {
        pads: [1, 1, 1, 1],
      }),
    ),
    inputs: [x],
    outputs: [valueInfo('y', 'float32', [1, 2, 4, 4])],
    constants: { k: random([2, 2, 3, 3], 9) },
  });

  it('needs two maps for a chain of any length', () => {
    const { actions } = lower(simplified(chain(20)));
    expect(planMemory(actions).arenaFloats).toBe(2 * 32);
    expect(lowerBound(actions)).toBe(2 * 32);
  });

  it('never lets regions that live at the same time overlap, and aligns all to 64 bytes', () => {
    const nodes = [
      node('Conv', ['x', 'k'], ['a'], { pads: [1, 1, 1, 1] }),
      node('MaxPool', ['a'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
      node('Conv', ['p', 'k'], ['b'], { pads: [1, 1, 1, 1] }),
      node('Resize', ['b', '', 'scales'], ['u'], { mode: 'linear' }),
      node('Concat', ['a', 'u'], ['j'], { axis: 1 }),
      node('Softmax', ['j'], ['s'], { axis: 1 }),
      node('Add', ['s', 'j'], ['y']),
    ];
    const parts: ModelParts = {
      nodes,
      inputs: [x],
      outputs: [valueInfo('y', 'float32', [1, 4, 4, 4])],
      constants: { k: random([2, 2, 3, 3], 9), scales: float32([4], [1, 1, 2, 2]) },
    };
    const { actions } = lower(simplified(parts));
    const { offsets, arenaFloats } = planMemory(actions);
    const lives = new Map([...offsets.keys()].map((region) => [region, [] as number[]]));
    for (const [index, action] of actions.entries()) {
      const places =
        action.kind === 'step' ? placesOf(action.step) : action.kind === 'host' ? [] : [action.place];
      for (const { region } of places) if (region) lives.get(region)!.push(index);
    }
    const regions = [...offsets].map(([region, offset]) => ({
      offset,
      end: offset + region.floats,
      first: Math.min(...lives.get(region)!),
      last: Math.max(...lives.get(region)!),
    }));
    for (const [i, a] of regions.entries()) {
      expect(a.offset % 16).toBe(0);
      expect(a.end).toBeLessThanOrEqual(arenaFloats);
      for (const b of regions.slice(i + 1)) {
        const together = a.first <= b.last && b.first <= a.last;
        if (together) expect(a.end <= b.offset || b.end <= a.offset).toBe(true);
      }
    }
  });
});
