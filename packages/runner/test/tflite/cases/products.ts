import { sizeOf } from '@zeroskip/tensor';
import { counted, fed, type Operand, type OperatorCase } from '../operator-case.ts';

/** Rows times the transposed weights. */
function product(
  x: readonly number[],
  w: readonly number[],
  depth: number,
  bias: readonly number[],
): number[] {
  const columns = w.length / depth;
  return Array.from({ length: (x.length / depth) * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = bias[column] ?? 0;
    for (let k = 0; k < depth; k++) sum += x[row * depth + k]! * w[column * depth + k]!;
    return sum;
  });
}

const W = counted([2, 3]);
const BIAS = [0.5, -0.5];
const connected = (
  title: string,
  dims: readonly number[],
  out: readonly number[],
  keep: boolean,
  relu: boolean,
): OperatorCase => {
  const sums = product(counted(dims), W, 3, BIAS);
  return {
    title,
    op: 9,
    options: [8, [0, 'int8', Number(relu)], [2, 'int8', Number(keep)]],
    operands: [fed(dims), { dims: [2, 3], values: W }, { dims: [2], values: BIAS }],
    results: [{ dims: out, values: relu ? sums.map((sum) => Math.max(sum, 0)) : sums }],
  };
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Weights of an LSTM with two units and inputs of three numbers: four gates, input, forget, cell, output. */
const small = (dims: readonly number[], shift: number) =>
  Array.from({ length: sizeOf(dims) }, (_, i) => Math.sin(i + shift) / 2);
const GATES = [0, 1, 2, 3];
const INPUT = GATES.map((gate) => small([2, 3], gate));
const RECURRENT = GATES.map((gate) => small([2, 2], 10 + gate));
const BIASES = GATES.map((gate) => small([2], 20 + gate));

/** Two steps of one sequence. */
function lstm(x: readonly number[]): number[] {
  let [h, c] = [
    [0, 0],
    [0, 0],
  ];
  const out: number[] = [];
  for (let step = 0; step < x.length / 3; step++) {
    const sums = GATES.map((gate) => {
      const input = product(x.slice(3 * step, 3 * step + 3), INPUT[gate]!, 3, BIASES[gate]!);
      return product(h, RECURRENT[gate]!, 2, input);
    });
    c = c.map((cell, i) => sigmoid(sums[1]![i]!) * cell + sigmoid(sums[0]![i]!) * Math.tanh(sums[2]![i]!));
    h = c.map((cell, i) => sigmoid(sums[3]![i]!) * Math.tanh(cell));
    out.push(...h);
  }
  return out;
}

const X = small([2, 3], 30);
const constants = (dims: readonly number[], all: readonly (readonly number[])[]): Operand[] =>
  all.map((values) => ({ dims, values }));
const state: Operand = { dims: [1, 2], isVariable: true };

export const productCases: readonly OperatorCase[] = [
  connected('FULLY_CONNECTED', [2, 3], [2, 2], false, false),
  connected('FULLY_CONNECTED of a flattened map, with RELU', [1, 2, 3], [2, 2], false, true),
  connected('FULLY_CONNECTED that keeps its axes', [1, 2, 3], [1, 2, 2], true, true),
  {
    title: 'BATCH_MATMUL with the second transposed',
    op: 126,
    options: [101, [0, 'int8', 0], [1, 'int8', 1]],
    operands: [fed([1, 2, 3]), fed([1, 2, 3], W)],
    results: [{ dims: [1, 2, 2], values: product(counted([2, 3]), W, 3, []) }],
  },
  {
    title: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    op: 44,
    options: [71, [0, 'int8', 4], [3, 'int8', 0]],
    operands: [
      fed([1, 2, 3], X),
      ...constants([2, 3], INPUT),
      ...constants([2, 2], RECURRENT),
      undefined,
      undefined,
      undefined,
      ...constants([2], BIASES),
      undefined,
      undefined,
      state,
      state,
      undefined,
      undefined,
      undefined,
      undefined,
    ],
    results: [{ dims: [1, 2, 2], values: lstm(X) }],
  },
];
