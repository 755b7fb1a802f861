import { describe, expect, it } from 'vitest';
import { firstDifference } from '../support/compare.ts';
import {
  float32,
  int64,
  io,
  type Message,
  type ModelParts,
  node,
  opTypes,
  random,
  valueInfo,
} from '../support/onnx.ts';
import { answer, runModel } from '../support/run.ts';
import { conv, simplified, w, x, y } from './simplified.ts';

const normalization = {
  g: random([3], 2),
  b: random([3], 3),
  m: random([3], 4),
  v: float32([3], random([3], 5).data.map(Math.abs)),
};

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

  it('adds after the activation that a convolution has, and leaves a second one', () => {
    const twice = [
      conv(),
      node('Relu', ['c'], ['r']),
      node('Add', ['r', 'z'], ['a']),
      node('Sigmoid', ['a'], ['y']),
    ];
    const graph = simplified(added(twice));
    expect(opTypes(graph.nodes)).toEqual(['Conv+relu', 'Sigmoid']);
    expect(graph.nodes[0]!.addend).toEqual({ name: 'z', beforeActivation: false });
  });

  it.each<[string, string[], Record<string, number>]>([
    ['Add', ['c', 'perChannel'], { scale: 1, shift: 2 }],
    ['Add', ['high', 'c'], { scale: 1, shift: 6 }],
    ['Sub', ['c', 'high'], { scale: 1, shift: -6 }],
    ['Sub', ['high', 'c'], { scale: -1, shift: 6 }],
    ['Mul', ['perChannel', 'c'], { scale: 2, shift: 0 }],
    ['Div', ['c', 'perChannel'], { scale: 0.5, shift: 0 }],
  ])('folds %s(%j) into the convolution before', (opType, inputs, { scale, shift }) => {
    const perChannel = float32([3, 1, 1], [2, 2, 2]);
    const model = parts([conv(), node(opType, inputs, ['y'])]);
    const graph = simplified({ ...model, constants: { ...model.constants, perChannel } });
    expect(opTypes(graph.nodes)).toEqual(['Conv']);
    const [, weights, bias] = graph.nodes[0]!.inputs.map((name) => graph.constants.get(name)?.load().data);
    expect(weights).toEqual((w.data as Float32Array).map((value) => value * scale!));
    expect(bias).toEqual(new Float32Array(3).fill(shift!));
  });

  it.each([1, 2])('folds what follows a transposed convolution of %i groups', async (group) => {
    const model: ModelParts = {
      nodes: [
        node('ConvTranspose', ['x', 't'], ['c'], { strides: [2, 2], group }),
        node('Mul', ['c', 'f'], ['m']),
        node('Add', ['m', 'f'], ['y']),
      ],
      ...io({ x: [1, 4, 3, 3] }, { y: [1, 6, 7, 7] }),
      constants: { t: random([4, 6 / group, 3, 3], 1), f: float32([6, 1, 1], [1, 2, 3, 4, 5, 6]) },
    };
    expect(opTypes(simplified(model).nodes)).toEqual(['ConvTranspose']);
    const feeds = { x: random([1, 4, 3, 3], 2) };
    const folded = await answer(model, feeds);
    const apart = await answer(model, feeds, { fuse: false });
    for (const [i, value] of apart.entries()) expect(folded[i]).toBeCloseTo(value, 4);
  });

  it('leaves a constant that differs within a channel, a divisor of zero, and a division by the map', () => {
    const columns = float32([1, 4], [1, 2, 3, 4]);
    for (const [opType, inputs] of [
      ['Add', ['c', 'columns']],
      ['Div', ['c', 'low']],
      ['Div', ['high', 'c']],
    ] as const) {
      const model = parts([conv(), node(opType, [...inputs], ['y'])]);
      const graph = simplified({ ...model, constants: { ...model.constants, columns } });
      expect(opTypes(graph.nodes)).toEqual(['Conv', opType]);
    }
  });

  it('leaves an Add of a value and itself, a shared operand, or no convolution', () => {
    const doubled = added([conv(), node('Add', ['c', 'c'], ['y'])]);
    expect(opTypes(simplified(doubled).nodes)).toEqual(['Conv', 'Add']);
    const shared = [conv(), node('Add', ['c', 'z'], ['a']), node('Mul', ['a', 'c'], ['y'])];
    expect(opTypes(simplified(added(shared)).nodes)).toEqual(['Conv', 'Add', 'Mul']);
    expect(opTypes(simplified(added([node('Add', ['z', 'z'], ['y'])])).nodes)).toEqual(['Add']);
  });

  it('leaves an Add after a convolution of nothing, whose output is its padding', () => {
    const graph = simplified({
      ...parts([conv(), node('Add', ['c', 'k'], ['y'])]),
      ...io({ x: [1, 2, 0, 4] }, { y: [1, 3, 2, 6] }),
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

  describe('of padding before a transposition', () => {
    const transposed = (pad: Message, parts: Partial<ModelParts> = {}): ModelParts => ({
      nodes: [
        pad,
        node('Transpose', ['q'], ['t'], { perm: [0, 3, 1, 2] }),
        node('Conv', ['t', 'w'], ['y'], { strides: [2, 2] }),
      ],
      ...io({ x: [1, 8, 9, 2] }, { y: [1, 3, 'h', 'w'] }),
      constants: {
        w: random([3, 2, 3, 3], 3),
        p: int64([0, 0, 1, 0, 0, 1, 2, 0]),
        value: float32([], [0]),
        some: int64([0, 1, 1, 2]),
        axes: int64([1, -2]),
      },
      ...parts,
    });
    const image = random([1, 8, 9, 2], 4);

    it.each([
      ['in all axes', node('Pad', ['x', 'p'], ['q']), {}],
      ['in some axes', node('Pad', ['x', 'some', 'value', 'axes'], ['q']), {}],
      ['by attributes', node('Pad', ['x'], ['q'], { pads: [0, 0, 1, 0, 0, 1, 2, 0] }), { opset: 10 }],
    ])('moves zeros %s into the convolution', async (_, pad, parts) => {
      const parameters = transposed(pad, parts);
      const { nodes } = simplified(parameters);
      expect(opTypes(nodes)).toEqual(['Transpose', 'Conv']);
      expect(nodes[1]!.attributes.get('pads')!.value).toEqual(BigInt64Array.from([0n, 1n, 1n, 2n]));
      const [joined, plain] = [
        await runModel(parameters, { x: image }),
        await runModel(parameters, { x: image }, { fuse: false }),
      ];
      expect(firstDifference(joined.y!, plain.y!, 1e-5, 1e-6)).toBeUndefined();
    });

    it('leaves padding that is read as it is, too', () => {
      const pad = node('Pad', ['x', 'p'], ['q']);
      const both = transposed(pad, { outputs: [y, valueInfo('q', 'float32', [1, 9, 12, 2])] });
      expect(opTypes(simplified(both).nodes)).toEqual(['Pad', 'Transpose', 'Conv']);
    });
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
