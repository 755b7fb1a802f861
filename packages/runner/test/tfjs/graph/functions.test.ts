import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { code } from '../../support/refusal.ts';
import { loadGraph, op, placeholder, runGraph, scalar } from '../graph-model.ts';
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
const called = (name: string) => ({ func: { name } });
const constant = (name: string) => op(name, 'Const', []);

function libraryFunction(name: string, inputs: readonly string[], nodeDef: readonly Json[], ret: Json): Json {
  const named = (names: readonly string[]) => names.map((each) => ({ name: each }));
  return { signature: { name, inputArg: named(inputs), outputArg: named(Object.keys(ret)) }, nodeDef, ret };
}

const functions = [
  libraryFunction('negative', ['a'], [op('n', 'Neg', ['a'])], { r: 'n:y:0' }),
  libraryFunction('square', ['a'], [op('m', 'Mul', ['a', 'a'])], { r: 'm:z:0' }),
  libraryFunction('below', ['i', 'n', 'a'], [op('l', 'Less', ['i', 'n'])], { r: 'l:z:0' }),
  libraryFunction(
    'halve',
    ['i', 'n', 'a'],
    [
      constant('one'),
      constant('half'),
      op('j', 'AddV2', ['i', 'one:output:0']),
      op('m', 'Mul', ['a', 'half:output:0']),
    ],
    { i: 'j:z:0', n: 'n', a: 'm:z:0' },
  ),
];

describe('functions of a graph model', () => {
  const branches = { then_branch: called('negative'), else_branch: called('square') };
  it.each([
    ['If', 1, [-1, 2, -3]],
    ['StatelessIf', -1, [1, 4, 9]],
  ])('are the branches of %s', async (kind, sign, expected) => {
    const nodes = [
      placeholder('x', [3]),
      placeholder('sign', []),
      op('is', 'Greater', ['sign', 'none']),
      op('y', kind, ['is', 'x'], branches),
    ];
    const out = await runGraph({ nodes, weights, functions }, { x, sign: number(sign) });
    expect(values(out)).toEqual(expected);
  });

  it.each([
    [0, [-1, 2, -3]],
    [1, [1, 4, 9]],
    [7, [1, 4, 9]],
  ])('are the branches of a Case, for index %i', async (index, expected) => {
    const nodes = [
      placeholder('x', [3]),
      placeholder('k', [], 'DT_INT32'),
      op('y', 'Case', ['k', 'x'], {
        branches: { list: { func: [{ name: 'negative' }, { name: 'square' }] } },
      }),
    ];
    const k = new Tensor('int32', Int32Array.of(index), []);
    expect(values(await runGraph({ nodes, functions }, { x, k }))).toEqual(expected);
  });

  it.each([
    ['While', 3, [0.125, -0.25, 0.375]],
    ['StatelessWhile', 0, [1, -2, 3]],
  ])('are condition and body of a %s of %i iterations', async (kind, count, expected) => {
    const nodes = [
      placeholder('x', [3]),
      placeholder('n', [], 'DT_INT32'),
      op('y', kind, ['zero', 'n', 'x'], { cond: called('below'), body: called('halve') }),
    ];
    await using session = await loadGraph({ nodes, weights, functions }, { outputs: ['y:2'] });
    const n = new Tensor('int32', Int32Array.of(count), []);
    expect(values((await session.run({ x, n }))['y:2']!)).toEqual(expected);
  });

  it('may change the rank of what a loop carries', async () => {
    const step = libraryFunction(
      'longer',
      ['i', 'n', 'a'],
      [
        constant('one'),
        constant('zero'),
        op('j', 'AddV2', ['i', 'one:output:0']),
        op('m', 'ExpandDims', ['a', 'zero:output:0']),
      ],
      { i: 'j:z:0', n: 'n', a: 'm:output:0' },
    );
    const nodes = [
      placeholder('x', [3]),
      op('y', 'While', ['zero', 'three', 'x'], { cond: called('below'), body: called('longer') }),
    ];
    await using session = await loadGraph(
      { nodes, weights, functions: [...functions, step] },
      { outputs: ['y:2'] },
    );
    expect((await session.run({ x }))['y:2']!.dims).toEqual([1, 1, 1, 3]);
  });

  it('may not call one another without end', async () => {
    const endless = libraryFunction('f', ['a'], [op('c', 'PartitionedCall', ['a'], { f: called('g') })], {
      r: 'c',
    });
    const other = libraryFunction('g', ['a'], [op('c', 'PartitionedCall', ['a'], { f: called('f') })], {
      r: 'c',
    });
    const nodes = [placeholder('x', [3]), op('y', 'PartitionedCall', ['x'], { f: called('f') })];
    await expect(runGraph({ nodes, functions: [endless, other] }, { x })).rejects.toThrow(
      code('ERR_LIMIT_EXCEEDED'),
    );
  });
});
