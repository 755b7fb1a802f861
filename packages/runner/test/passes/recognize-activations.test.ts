import { definitionOf } from '@zeroskip/kernels';
import { describe, expect, it } from 'vitest';
import { float32, type ModelParts, node, random } from '../support/onnx.ts';
import { answer } from '../support/run.ts';
import { conv, simplified, w, x, y } from './simplified.ts';

const constants = Object.fromEntries(
  Object.entries({
    three: 3,
    six: 6,
    sixth: 1 / 6,
    half: 0.5,
    zero: 0,
    minus: -1,
    scale: 1.702,
    one: 1,
    root: Math.SQRT2,
  }).map(([name, value]) => [name, float32([], [value])]),
);
const on = (
  ...nodes: [opType: string, inputs: string[], output: string, attributes?: object][]
): ModelParts => ({
  nodes: [conv(), ...nodes.map(([op, inputs, output, own]) => node(op, inputs, [output], own as never))],
  inputs: [x],
  outputs: [y],
  constants: { w, ...constants },
});

const relu6 = (v: number) => Math.min(6, Math.max(0, v));
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const hardSwish = (v: number) => (v * relu6(v + 3)) / 6;
const gelu = definitionOf({ name: 'gelu' });
const ramp: [string, string[], string][] = [
  ['Add', ['c', 'three'], 'a'],
  ['Clip', ['a', 'zero', 'six'], 'b'],
];

const spellings: [string, ModelParts, string, (v: number) => number][] = [
  ['Max and Min', on(['Max', ['c', 'zero'], 'a'], ['Min', ['six', 'a'], 'y']), 'clip', relu6],
  ['Min and Max', on(['Min', ['c', 'six'], 'a'], ['Max', ['zero', 'a'], 'y']), 'clip', relu6],
  ['Max with zero', on(['Max', ['zero', 'c'], 'y']), 'relu', (v) => Math.max(0, v)],
  ['Relu and Min', on(['Relu', ['c'], 'a'], ['Min', ['a', 'six'], 'y']), 'clip', relu6],
  ['x · Sigmoid(x)', on(['Sigmoid', ['c'], 'a'], ['Mul', ['c', 'a'], 'y']), 'swish', (v) => v * sigmoid(v)],
  [
    'Sigmoid(k · x) · x',
    on(['Mul', ['c', 'scale'], 'a'], ['Sigmoid', ['a'], 'b'], ['Mul', ['b', 'c'], 'y']),
    'swish',
    (v) => v * sigmoid(1.702 * v),
  ],
  ['a ramp divided by 6', on(...ramp, ['Div', ['b', 'six'], 'y']), 'hardSigmoid', (v) => relu6(v + 3) / 6],
  ['x · ramp / 6', on(...ramp, ['Mul', ['c', 'b'], 'd'], ['Div', ['d', 'six'], 'y']), 'hardSwish', hardSwish],
  [
    'x · (ramp / 6)',
    on(...ramp, ['Div', ['b', 'six'], 'd'], ['Mul', ['d', 'c'], 'y']),
    'hardSwish',
    hardSwish,
  ],
  [
    '(x / 6) · ramp',
    on(...ramp, ['Mul', ['sixth', 'c'], 'd'], ['Mul', ['d', 'b'], 'y']),
    'hardSwish',
    hardSwish,
  ],
  [
    'x · HardSigmoid(x)',
    on(
      ['HardSigmoid', ['c'], 'a', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }],
      ['Mul', ['c', 'a'], 'y'],
    ),
    'hardSwish',
    hardSwish,
  ],
  [
    'x · Min(Relu(x + 3), 6) / 6',
    on(
      ['Add', ['three', 'c'], 'a'],
      ['Relu', ['a'], 'b'],
      ['Min', ['b', 'six'], 'd'],
      ['Mul', ['d', 'c'], 'e'],
      ['Mul', ['e', 'sixth'], 'y'],
    ),
    'hardSwish',
    hardSwish,
  ],
  [
    'x · (1 + Erf(x / √2)) / 2',
    on(
      ['Div', ['c', 'root'], 'a'],
      ['Erf', ['a'], 'b'],
      ['Add', ['b', 'one'], 'd'],
      ['Mul', ['c', 'd'], 'e'],
      ['Mul', ['e', 'half'], 'y'],
    ),
    'gelu',
    gelu,
  ],
  [
    '(x / 2) · (1 + Erf(x / √2))',
    on(
      ['Mul', ['c', 'half'], 'e'],
      ['Div', ['c', 'root'], 'a'],
      ['Erf', ['a'], 'b'],
      ['Add', ['one', 'b'], 'd'],
      ['Mul', ['e', 'd'], 'y'],
    ),
    'gelu',
    gelu,
  ],
  [
    'x · Tanh(Softplus(x))',
    on(['Softplus', ['c'], 'a'], ['Tanh', ['a'], 'b'], ['Mul', ['c', 'b'], 'y']),
    'mish',
    (v) => v * Math.tanh(Math.log1p(Math.exp(v))),
  ],
];

describe('activations', () => {
  it.each(spellings)('written as %s follow a convolution', async (_what, parts, name, exact) => {
    const graph = simplified(parts);
    expect(graph.nodes.map(({ opType, activation }) => [opType, activation?.name])).toEqual([['Conv', name]]);
    const feeds = { x: random([1, 2, 4, 4], 3) };
    const plain = await answer({ ...parts, nodes: [conv('y')] }, feeds);
    const received = await answer(parts, feeds);
    for (const [i, value] of plain.entries()) expect(received[i]).toBeCloseTo(exact(value), 5);
  });

  it.each<[string, ModelParts]>([
    ['a ramp of another slope', on(...ramp, ['Mul', ['c', 'b'], 'd'], ['Mul', ['d', 'half'], 'y'])],
    [
      'x · Sigmoid of another value',
      on(['Sigmoid', ['c'], 'a'], ['Exp', ['c'], 'b'], ['Mul', ['b', 'a'], 'y']),
    ],
    [
      'x · (1 + Erf(x)) / 2',
      on(
        ['Erf', ['c'], 'b'],
        ['Add', ['b', 'one'], 'd'],
        ['Mul', ['c', 'd'], 'e'],
        ['Mul', ['e', 'half'], 'y'],
      ),
    ],
    [
      'x · Tanh(Softplus(x) + 1)',
      on(
        ['Softplus', ['c'], 'a'],
        ['Add', ['a', 'one'], 'd'],
        ['Tanh', ['d'], 'b'],
        ['Mul', ['c', 'b'], 'y'],
      ),
    ],
    ['a shifted product', on(['Sigmoid', ['c'], 'a'], ['Mul', ['c', 'a'], 'b'], ['Add', ['b', 'half'], 'y'])],
  ])('are not seen in %s', (_what, parts) => {
    const found = simplified(parts).nodes.map(({ opType }) => opType);
    expect(found).not.toContain('HardSwish');
    expect(found.at(-1)).toBe(parts.nodes.at(-1)!.opType);
  });
});
