import type { LiteModelParts, LiteSubgraphParts } from './lite-model.ts';

const ADD = 0;
const MUL = 18;
const LESS = 58;
export const IF = 118;
const WHILE = 119;

export const value = { dims: [2] };
const scalarInt = { dims: [], type: 'int32' } as const;
export const flag = { dims: [], type: 'bool' } as const;

/** A subgraph of one node: its inputs, and a constant. */
const single = (op: number, constant: number): LiteSubgraphParts => ({
  tensors: { a: value, c: { dims: [2], values: [constant, constant] }, r: value },
  inputs: ['a'],
  outputs: ['r'],
  operators: [{ op, inputs: ['a', 'c'], outputs: ['r'] }],
});

/** x + 10, or 3 x. */
export const conditional: LiteModelParts = {
  tensors: { choose: flag, x: value, y: value },
  inputs: ['choose', 'x'],
  outputs: ['y'],
  operators: [
    { op: IF, inputs: ['choose', 'x'], outputs: ['y'], options: [92, [0, 'int32', 1], [1, 'int32', 2]] },
  ],
  others: [single(ADD, 10), single(MUL, 3)],
};

/** Doubles x as often as `times` says. */
export const repeated: LiteModelParts = {
  tensors: {
    times: scalarInt,
    zero: { ...scalarInt, values: [0] },
    x: value,
    n: scalarInt,
    t: scalarInt,
    y: value,
  },
  inputs: ['times', 'x'],
  outputs: ['y', 'n'],
  operators: [
    {
      op: WHILE,
      inputs: ['zero', 'times', 'x'],
      outputs: ['n', 't', 'y'],
      options: [93, [0, 'int32', 1], [1, 'int32', 2]],
    },
  ],
  others: [
    {
      tensors: { i: scalarInt, most: scalarInt, v: value, goes: flag },
      inputs: ['i', 'most', 'v'],
      outputs: ['goes'],
      operators: [{ op: LESS, inputs: ['i', 'most'], outputs: ['goes'] }],
    },
    {
      tensors: {
        ...{ i: scalarInt, most: scalarInt, v: value, one: { ...scalarInt, values: [1] } },
        ...{ next: scalarInt, two: { dims: [2], values: [2, 2] }, twice: value },
      },
      inputs: ['i', 'most', 'v'],
      outputs: ['next', 'most', 'twice'],
      operators: [
        { op: ADD, inputs: ['i', 'one'], outputs: ['next'] },
        { op: MUL, inputs: ['v', 'two'], outputs: ['twice'] },
      ],
    },
  ],
};
