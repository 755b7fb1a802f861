import { sizeOf } from '@zeroskip/tensor';
import { counted, fed, type OperatorCase, vector } from '../operator-case.ts';

type Resize = (index: number, input: number, output: number) => number;

const corners: Resize = (index, input, output) => (index * (input - 1)) / (output - 1);
const half: Resize = (index, input, output) => ((index + 0.5) * input) / output - 0.5;
const plain: Resize = (index, input, output) => (index * input) / output;

function resized(
  title: string,
  op: number,
  options: OperatorCase['options'],
  pick: (at: number) => number,
  at: Resize,
): OperatorCase {
  const [input, output] = [
    [2, 3],
    [4, 5],
  ] as const;
  const x = counted(input);
  const clamp = (index: number, size: number) => Math.min(Math.max(index, 0), size - 1);
  const value = (row: number, column: number) => x[clamp(row, 2) * 3 + clamp(column, 3)]!;
  const values = Array.from({ length: sizeOf(output) }, (_, i) => {
    const [row, column] = [at(Math.floor(i / 5), 2, 4), at(i % 5, 3, 5)];
    if (op === 97) return value(pick(row), pick(column));
    const [y, z] = [Math.max(row, 0), Math.max(column, 0)];
    const [top, left] = [Math.floor(y), Math.floor(z)];
    const across = (line: number) =>
      value(line, left) * (1 - (z - left)) + value(line, left + 1) * (z - left);
    return across(top) * (1 - (y - top)) + across(top + 1) * (y - top);
  });
  return {
    title,
    op,
    ...(options && { options }),
    operands: [fed([1, ...input, 1], x), vector([4, 5])],
    results: [{ dims: [1, ...output, 1], values }],
  };
}

export const resizingCases: readonly OperatorCase[] = [
  resized('RESIZE_BILINEAR', 23, undefined, Math.floor, plain),
  resized('RESIZE_BILINEAR between corners', 23, [15, [2, 'int8', 1]], Math.floor, corners),
  resized('RESIZE_BILINEAR between centres', 23, [15, [3, 'int8', 1]], Math.floor, half),
  resized('RESIZE_NEAREST_NEIGHBOR', 97, undefined, Math.floor, plain),
  resized('RESIZE_NEAREST_NEIGHBOR between corners', 97, [74, [0, 'int8', 1]], Math.round, corners),
  resized(
    'RESIZE_NEAREST_NEIGHBOR between centres',
    97,
    [74, [1, 'int8', 1]],
    (at) => Math.floor(at + 0.5),
    half,
  ),
];
