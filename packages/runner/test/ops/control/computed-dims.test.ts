import type { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../../src/index.ts';
import { float32, innerGraph, int64, io, model, node, valueInfo } from '../../support/onnx.ts';
import { runModel, traced } from '../../support/run.ts';

const numbers = (tensor: Tensor | undefined) => Array.from(tensor!.data, Number);

describe('dims that follow from computed values', () => {
  it('go on through a network, which is compiled for them', async () => {
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('NonZero', ['r'], ['places']),
      node('Transpose', ['places'], ['rows']),
      node('GatherND', ['r', 'rows'], ['found']),
      node('Mul', ['found', 'two'], ['doubled']),
      node('Shape', ['doubled'], ['count']),
      node('Exp', ['x'], ['e']),
    ];
    const bytes = model({
      nodes,
      ...io({ x: [2000] }, { doubled: ['N'], e: [2000] }),
      outputs: [
        valueInfo('doubled', 'float32', ['N']),
        valueInfo('count', 'int64', [1]),
        valueInfo('e', 'float32', [2000]),
      ],
      constants: { two: float32([], [2]) },
    });
    await using session = await InferenceSession.create(bytes);
    for (const at of [[1], [5, 8], []]) {
      const x = float32([2000], new Array(2000).fill(-1));
      for (const i of at) x.data[i] = i;
      const { doubled, count, e } = await session.run({ x });
      expect(numbers(doubled)).toEqual(at.map((i) => 2 * i));
      expect(numbers(count)).toEqual([at.length]);
      expect(e!.data[0]).toBeCloseTo(Math.exp(-1));
    }
  });

  it.each<[string, ReturnType<typeof node>[], number[]]>([
    [
      'Reshape',
      [node('Concat', ['k', 'rest'], ['shape'], { axis: 0 }), node('Reshape', ['x', 'shape'], ['z'])],
      [2, 1000],
    ],
    [
      'Expand',
      [
        node('Concat', ['k', 'one'], ['shape'], { axis: 0 }),
        node('Slice', ['x', 'zero', 'one'], ['f']),
        node('Expand', ['f', 'shape'], ['z']),
      ],
      [2, 1],
    ],
    ['Slice', [node('Slice', ['x', 'zero', 'k'], ['z'])], [2]],
    ['TopK', [node('TopK', ['x', 'k'], ['z', ''])], [2]],
    ['ConstantOfShape', [node('ConstantOfShape', ['k'], ['z'])], [2]],
    ['Tile', [node('Tile', ['x', 'k'], ['z'])], [4000]],
    [
      'Range',
      [
        node('Cast', ['k'], ['f'], { to: 1 }),
        node('Squeeze', ['f'], ['limit']),
        node('Range', ['from', 'limit', 'by'], ['z']),
      ],
      [2],
    ],
  ])('are those of %s', async (_name, nodes, dims) => {
    const constants = {
      rest: int64([-1]),
      one: int64([1]),
      zero: int64([0]),
      from: float32([]),
      by: float32([], [1]),
    };
    const count = [
      node('ReduceMax', ['x'], ['most'], { keepdims: 1 }),
      node('Cast', ['most'], ['k'], { to: 7 }),
    ];
    const { y } = await runModel(
      {
        nodes: [...count, ...nodes, node('Abs', ['z'], ['y'])],
        ...io({ x: [2000] }, { y: new Array(dims.length).fill('?') }),
        constants,
      },
      { x: float32([2000], [2, 1]) },
    );
    expect(y!.dims).toEqual(dims);
  });

  it('leave the rest of the network in native steps', async () => {
    const nodes = [
      node('Relu', ['x'], ['r'], {}, 'before'),
      node('NonZero', ['r'], ['places'], {}, 'between'),
      node('Cast', ['places'], ['f'], { to: 1 }, 'cast'),
      node('Sqrt', ['f'], ['y'], {}, 'after'),
    ];
    await using session = await InferenceSession.create(
      model({ nodes, ...io({ x: [1, 4] }, { y: [2, 'N'] }) }),
    );
    const { results, layers } = await traced(session, { x: float32([1, 4], [0, 1, 0, 4]) });
    expect(numbers(results.y)).toEqual([0, 0, 1, Math.fround(Math.sqrt(3))]);
    expect(layers.map(({ name }) => name)).toEqual(expect.arrayContaining(['before', 'between', 'after']));
  });

  it('may stand in a branch that was computed, too', async () => {
    const boxes = float32([1, 3, 4], [0, 0, 1, 1, 0, 0, 1, 1, 5, 5, 6, 6]);
    const nodes = [
      node('NonMaxSuppression', ['boxes', 'scores', 'most', 'iou'], ['kept']),
      node('Cast', ['kept'], ['f'], { to: 1 }),
      node('Neg', ['f'], ['y']),
    ];
    const inputs = io({ boxes: [1, 3, 4], scores: [1, 1, 3] }, { y: ['N', 3] });
    const constants = { most: int64([10]), iou: float32([1], [0.5]) };
    const { y } = await runModel(
      { nodes, ...inputs, constants },
      { boxes, scores: float32([1, 1, 3], [3, 2, 1]) },
    );
    expect([y!.dims, numbers(y)]).toEqual([
      [2, 3],
      [-0, -0, -0, -0, -0, -2],
    ]);
  });

  it.each([0, 2 ** 26])(
    'may differ in every run, with %i bytes for what was compiled',
    async (shapeCacheBytes) => {
      const body = innerGraph([node('Mul', ['f', 'f'], ['square'])], ['square']);
      const branch = { graph: body };
      const nodes = [
        node('NonZero', ['x'], ['p']),
        node('Cast', ['p'], ['f'], { to: 1 }),
        node('ReduceMax', ['f'], ['most'], { keepdims: 0 }),
        node('Less', ['most', 'bound'], ['c']),
        node('If', ['c'], ['y'], { then_branch: branch, else_branch: branch }),
      ];
      const constants = { bound: float32([], [4]) };
      const bytes = model({ nodes, ...io({ x: ['N'] }, { y: [1, 'M'] }), constants });
      await using session = await InferenceSession.create(bytes, { shapeCacheBytes });
      const run = async (length: number) => {
        const { y } = await session.run({ x: float32([length], new Array(length).fill(1)) });
        expect(numbers(y)).toEqual(Array.from({ length }, (_, i) => i * i));
      };
      for (let length = 1; length < 12; length++) await Promise.all([run(length), run(length + 1)]);
    },
  );

  it('runs at once do not disturb one another', async () => {
    const nodes = [
      node('NonZero', ['x'], ['p']),
      node('Cast', ['p'], ['f'], { to: 1 }),
      node('Neg', ['f'], ['y']),
    ];
    await using session = await InferenceSession.create(model({ nodes, ...io({ x: [3] }, { y: [1, 'N'] }) }));
    const run = async (values: number[]) => numbers((await session.run({ x: float32([3], values) })).y);
    expect(await Promise.all([run([1, 0, 1]), run([0, 1, 0]), run([1, 1, 1])])).toEqual([
      [-0, -2],
      [-1],
      [-0, -1, -2],
    ]);
  });
});
