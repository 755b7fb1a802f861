import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { code } from '../../support/refusal.ts';
import {
  b,
  type GraphParts,
  listI,
  loadGraph,
  op,
  placeholder,
  runGraph,
  s,
  scalar,
} from '../graph-model.ts';
import type { Json } from '../layers-model.ts';

const x = new Tensor('float32', Float32Array.of(1, -2, 3), [3]);
const number = (value: number) => new Tensor('float32', Float32Array.of(value), []);
const weights = {
  zero: scalar(0),
  one: scalar(1),
  three: scalar(3),
  none: scalar(0, 'float32'),
  half: scalar(0.5, 'float32'),
};
const values = ({ data }: Tensor) => [...data].map(Number);
/** A loop of two values: how many iterations there were, and what `body` makes of `s2:1`. */
const loop = (frame: string, input: string, limit: string, body: readonly Json[], next: string, p = '') => [
  op(`${p}e1`, 'Enter', ['zero'], { frame_name: s(frame) }),
  op(`${p}e2`, 'Enter', [input], { frame_name: s(frame) }),
  op(`${p}limit`, 'Enter', [limit], { frame_name: s(frame), is_constant: b(true) }),
  op(`${p}m1`, 'Merge', [`${p}e1`, `${p}n1`]),
  op(`${p}m2`, 'Merge', [`${p}e2`, `${p}n2`]),
  op(`${p}less`, 'Less', [`${p}m1`, `${p}limit`]),
  op(`${p}goes`, 'LoopCond', [`${p}less`]),
  op(`${p}s1`, 'Switch', [`${p}m1`, `${p}goes`]),
  op(`${p}s2`, 'Switch', [`${p}m2`, `${p}goes`]),
  op(`${p}count`, 'AddV2', [`${p}s1:1`, 'one']),
  op(`${p}n1`, 'NextIteration', [`${p}count`]),
  ...body,
  op(`${p}n2`, 'NextIteration', [next]),
  op(`${p}left`, 'Exit', [`${p}s2`]),
];

/** The sum of x and 0.5 where `condition` is above 0, else its square. */
const choice = (input: string, condition: string, p = '') => [
  op(`${p}is`, 'Greater', [condition, 'none']),
  op(`${p}side`, 'Switch', [input, `${p}is`]),
  op(`${p}then`, 'AddV2', [`${p}side:1`, 'half']),
  op(`${p}else`, 'Mul', [`${p}side`, `${p}side`]),
  op(`${p}chosen`, 'Merge', [`${p}else`, `${p}then`]),
];

describe('nodes of loops and conditionals', () => {
  const run = (nodes: readonly Json[], output: string, feeds: Record<string, Tensor>) =>
    loadGraph({ nodes, weights }, { outputs: [output] }).then(async (session) => {
      const result = (await session.run(feeds))[output]!;
      await session.release();
      return values(result);
    });

  it('are a loop', async () => {
    const body = [op('halved', 'Mul', ['s2:1', 'half'])];
    const nodes = [placeholder('x', [3]), ...loop('f', 'x', 'three', body, 'halved')];
    expect(await run(nodes, 'left', { x })).toEqual([0.125, -0.25, 0.375]);
  });

  it('are a loop inside a loop', async () => {
    const inner = loop('g', 's2:1', 's1:1', [op('more', 'AddV2', ['in/s2:1', 'half'])], 'more', 'in/');
    const body = [...inner, op('squared', 'Mul', ['in/left', 'in/left'])];
    const nodes = [placeholder('x', [3]), ...loop('f', 'x', 'three', body, 'squared')];
    // After i halves are added, each time squared: ((x²+0.5)²+1)².
    const expected = values(x).map((value) => ((value ** 2 + 0.5) ** 2 + 1) ** 2);
    expect(await run(nodes, 'left', { x })).toEqual(expected);
  });

  it.each([
    [1, [1.5, -1.5, 3.5]],
    [-1, [1, 4, 9]],
  ])('are a conditional, for %i', async (sign, expected) => {
    const nodes = [placeholder('x', [3]), placeholder('sign', []), ...choice('x', 'sign')];
    expect(await run(nodes, 'chosen', { x, sign: number(sign) })).toEqual(expected);
  });

  it('are conditionals that follow one another, and one in a side of another', async () => {
    const nodes = [
      placeholder('x', [3]),
      placeholder('sign', []),
      op('is', 'Greater', ['sign', 'none']),
      op('side', 'Switch', ['x', 'is']),
      op('other', 'Switch', ['sign', 'is']),
      ...choice('side:1', 'other:1', 'in/'),
      op('else', 'Neg', ['side']),
      op('chosen', 'Merge', ['else', 'in/chosen']),
      ...choice('chosen', 'sign', 'next/'),
    ];
    expect(await run(nodes, 'next/chosen', { x, sign: number(1) })).toEqual([2, -1, 4]);
    expect(await run(nodes, 'next/chosen', { x, sign: number(-1) })).toEqual([1, 4, 9]);
  });

  it('are a loop in a side of a conditional, and a conditional in a loop', async () => {
    const body = choice('s2:1', 'factor', 'in/');
    const nodes = [
      placeholder('x', [3]),
      placeholder('sign', []),
      op('is', 'Greater', ['sign', 'none']),
      op('side', 'Switch', ['x', 'is']),
      op('factor', 'Enter', ['sign'], { frame_name: s('f'), is_constant: b(true) }),
      ...loop('f', 'side:1', 'three', body, 'in/chosen'),
      op('else', 'Neg', ['side']),
      op('chosen', 'Merge', ['else', 'left']),
    ];
    expect(await run(nodes, 'chosen', { x, sign: number(1) })).toEqual([2.5, -0.5, 4.5]);
    expect(await run(nodes, 'chosen', { x, sign: number(-1) })).toEqual([-1, 2, -3]);
  });

  const refused: [string, GraphParts['nodes'], string, RegExp][] = [
    ['a Switch without a Merge', choice('x', 'sign').slice(0, 3), 'then', /a Merge of both sides/],
    [
      'a Merge of one side',
      [...choice('x', 'sign').slice(0, 3), op('y', 'Merge', ['then', 'side:1'])],
      'y',
      /two sides of one Switch/,
    ],
    [
      'a node that reads both sides',
      [
        ...choice('x', 'sign').slice(0, 4),
        op('sum', 'AddV2', ['then', 'else']),
        op('y', 'Merge', ['sum', 'x']),
      ],
      'y',
      /one side of a conditional/,
    ],
    ['a value of the inside of a loop', loop('f', 'x', 'three', [], 's2:1'), 'm2', /what leaves a loop/],
    [
      'a loop that enters itself',
      [...loop('f', 'left', 'three', [op('h', 'Mul', ['s2:1', 'half'])], 'h')],
      'left',
      /no cycles/,
    ],
    [
      'an Exit of a value that does not go on',
      loop('f', 'x', 'three', [], 's2:1').map((node) =>
        node.name === 'm2' ? op('m2', 'Merge', ['e2', 's2:1']) : node,
      ),
      'left',
      /the output of a node NextIteration/,
    ],
    ['an Exit of no loop', [op('y', 'Exit', ['x'])], 'y', /the output of a node Switch/],
    [
      'a loop that changes nothing',
      loop('f', 'x', 'three', [], 's2:1').map((node) =>
        node.name === 'count' ? op('count', 'Identity', ['s1:1']) : node,
      ),
      'left',
      /a value that an iteration changes/,
    ],
  ];
  it.each(refused)('%s is refused', async (_what, nodes, output, message) => {
    const all = [placeholder('x', [3]), placeholder('sign', []), ...nodes];
    await expect(loadGraph({ nodes: all, weights }, { outputs: [output] })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_MODEL', message: expect.stringMatching(message) }),
    );
  });

  it('a loop without end meets the limit of iterations', async () => {
    const nodes = [
      placeholder('x', [3]),
      placeholder('n', [], 'DT_INT32'),
      ...loop('f', 'x', 'n', [op('h', 'Mul', ['s2:1', 'half'])], 'h'),
    ];
    const limits = { maxIterations: 10 };
    await using session = await loadGraph({ nodes, weights }, { outputs: ['left'], limits });
    const n = new Tensor('int32', Int32Array.of(11), []);
    await expect(session.run({ x, n })).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });
});

it('a transposed convolution in a side of a conditional has the sizes that are computed', async () => {
  const nodes = [
    placeholder('x', [1, 2, 3, 1]),
    placeholder('sign', []),
    placeholder('sizes', [4], 'DT_INT32'),
    op('is', 'Greater', ['sign', 'none']),
    op('side', 'Switch', ['x', 'is']),
    op('then', 'Conv2DBackpropInput', ['sizes', 'w', 'side:1'], {
      padding: s('SAME'),
      strides: listI(1, 2, 2, 1),
    }),
    op('else', 'Tile', ['side', 'double']),
    op('y', 'Merge', ['else', 'then']),
  ];
  const all = {
    ...weights,
    w: { shape: [2, 2, 1, 1] },
    double: { shape: [4], values: [1, 2, 2, 1], dtype: 'int32' as const },
  };
  const feeds = {
    x: new Tensor('float32', Float32Array.of(0, 1, 2, 3, 4, 5), [1, 2, 3, 1]),
    sign: number(1),
    sizes: new Tensor('int32', Int32Array.of(1, 3, 5, 1), [4]),
  };
  const out = await runGraph({ nodes, weights: all }, feeds);
  expect(out.dims).toEqual([1, 3, 5, 1]);
  // Each input times the kernel 1 2 / 3 4, without the last row and column.
  expect(values(out).slice(0, 10)).toEqual([0, 0, 1, 2, 2, 0, 0, 3, 4, 6]);
});
