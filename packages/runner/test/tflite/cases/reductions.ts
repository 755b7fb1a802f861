import { fed, type OperatorCase, scalar, vector } from '../operator-case.ts';

const X = [1, 2, 3, -4, 5, 6];

const reduced = (title: string, op: number, values: readonly number[], keepDims: boolean): OperatorCase => ({
  title,
  op,
  options: [27, [0, 'int8', Number(keepDims)]],
  operands: [fed([2, 3], X), vector([1])],
  results: [{ dims: keepDims ? [2, 1] : [2], values }],
});

const logical = (title: string, op: number, values: readonly number[]): OperatorCase => ({
  title,
  op,
  options: [27, [0, 'int8', 0]],
  operands: [fed([2, 2], [1, 0, 1, 1], 'bool'), vector([-1])],
  results: [{ dims: [2], type: 'bool', values }],
});

const argument = (title: string, op: number, values: readonly number[]): OperatorCase => ({
  title,
  op,
  options: [op === 56 ? 40 : 57, [0, 'int8', 2]],
  operands: [fed([2, 3], X), scalar(-1)],
  results: [{ dims: [2], type: 'int32', values }],
});

export const reductionCases: readonly OperatorCase[] = [
  reduced('MEAN', 40, [2, 7 / 3], false),
  reduced('SUM that keeps its axis', 74, [6, 7], true),
  reduced('REDUCE_MAX', 82, [3, 6], false),
  reduced('REDUCE_MIN', 89, [1, -4], false),
  reduced('REDUCE_PROD', 81, [6, -120], false),
  logical('REDUCE_ANY', 91, [1, 1]),
  logical('REDUCE_ALL', 140, [0, 1]),
  argument('ARG_MAX', 56, [2, 2]),
  argument('ARG_MIN', 79, [0, 0]),
  {
    title: 'MEAN of the rows and columns of a map',
    op: 40,
    options: [27, [0, 'int8', 0]],
    operands: [fed([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), vector([1, 2])],
    results: [{ dims: [1, 2], values: [4, 5] }],
  },
];
