import { counted, fed, type OperatorCase, vector } from '../operator-case.ts';

const X = [0.5, -1.5, 2.5, 7, -0.25, 0];
const POSITIVE = [0.5, 1.5, 2.5, 7, 0.25, 1];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clamp = (low: number, high: number) => (x: number) => Math.min(Math.max(x, low), high);
/** Halves go to the even number. */
const roundEven = (x: number) => {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
};
const geluTanh = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

function unary(
  title: string,
  op: number,
  f: (x: number) => number,
  { values = X, options }: { values?: readonly number[]; options?: OperatorCase['options'] } = {},
): OperatorCase {
  const dims = [1, values.length];
  return {
    title,
    op,
    ...(options && { options }),
    operands: [fed(dims, values)],
    results: [{ dims, values: values.map(f) }],
  };
}

/** A matrix and a row that is broadcast. */
function binary(
  title: string,
  op: number,
  f: (a: number, b: number) => number,
  options?: OperatorCase['options'],
  b: readonly number[] = [2, -3, 0.5],
): OperatorCase {
  const a = X;
  return {
    title,
    op,
    ...(options && { options }),
    operands: [fed([2, 3], a), fed([3], b)],
    results: [{ dims: [2, 3], values: a.map((x, i) => f(x, b[i % 3]!)) }],
  };
}

function integers(title: string, op: number, f: (a: number, b: number) => number): OperatorCase {
  const [a, b] = [
    [7, -7, 7, -7],
    [2, 2, -2, -2],
  ];
  return {
    title,
    op,
    operands: [fed([4], a, 'int32'), fed([4], b, 'int32')],
    results: [{ dims: [4], type: 'int32', values: a!.map((x, i) => f(x, b![i]!)) }],
  };
}

function comparison(title: string, op: number, f: (a: number, b: number) => boolean): OperatorCase {
  const [a, b] = [
    [1, 2, 3],
    [2, 2, 2],
  ];
  return {
    title,
    op,
    operands: [fed([3], a), fed([3], b)],
    results: [{ dims: [3], type: 'bool', values: a!.map((x, i) => Number(f(x, b![i]!))) }],
  };
}

function logical(title: string, op: number, f: (a: boolean, b: boolean) => boolean): OperatorCase {
  const [a, b] = [
    [0, 0, 1, 1],
    [0, 1, 0, 1],
  ];
  return {
    title,
    op,
    operands: [fed([4], a, 'bool'), fed([4], b, 'bool')],
    results: [{ dims: [4], type: 'bool', values: a!.map((x, i) => Number(f(x === 1, b![i] === 1))) }],
  };
}

const activation = (union: number, kind: number): OperatorCase['options'] => [union, [0, 'int8', kind]];

const softmaxOf = (row: readonly number[], beta: number) => {
  const powers = row.map((x) => Math.exp(beta * x));
  const sum = powers.reduce((total, each) => total + each, 0);
  return powers.map((each) => each / sum);
};

const ROWS = [
  [1, 2, 3],
  [-1, 0.5, 0],
];

export const elementwiseCases: readonly OperatorCase[] = [
  unary('ABS', 101, Math.abs),
  unary('CEIL', 104, Math.ceil),
  unary('COS', 108, Math.cos),
  unary('ELU', 111, (x) => (x > 0 ? x : Math.exp(x) - 1)),
  unary('EXP', 47, Math.exp),
  unary('FLOOR', 8, Math.floor),
  unary('LOG', 73, Math.log, { values: POSITIVE }),
  unary('LOGISTIC', 14, sigmoid),
  unary('NEG', 59, (x) => -x),
  unary('RELU', 19, clamp(0, Number.POSITIVE_INFINITY)),
  unary('RELU6', 21, clamp(0, 6)),
  unary('RELU_N1_TO_1', 20, clamp(-1, 1)),
  unary('RELU_0_TO_1', 152, clamp(0, 1)),
  unary('ROUND', 116, roundEven),
  unary('RSQRT', 76, (x) => 1 / Math.sqrt(x), { values: POSITIVE }),
  unary('SIGN', 158, Math.sign),
  unary('SIN', 66, Math.sin),
  unary('SQRT', 75, Math.sqrt, { values: POSITIVE }),
  unary('SQUARE', 92, (x) => x * x),
  unary('TANH', 28, Math.tanh),
  unary('HARD_SWISH', 117, (x) => (x * clamp(0, 6)(x + 3)) / 6),
  unary('GELU, approximate', 150, geluTanh, { options: [116, [0, 'int8', 1]] }),
  unary('LEAKY_RELU', 98, (x) => (x < 0 ? 0.25 * x : x), { options: [75, [0, 'float32', 0.25]] }),
  binary('ADD', 0, (a, b) => a + b),
  binary('ADD with RELU', 0, (a, b) => Math.max(a + b, 0), activation(11, 1)),
  binary('SUB with RELU_N1_TO_1', 41, (a, b) => clamp(-1, 1)(a - b), activation(28, 2)),
  binary('MUL with RELU6', 18, (a, b) => clamp(0, 6)(a * b), activation(21, 3)),
  binary('DIV with TANH', 42, (a, b) => Math.tanh(a / b), activation(29, 4)),
  binary('MAXIMUM', 55, Math.max),
  binary('MINIMUM', 57, Math.min),
  binary('POW', 78, (a, b) => a ** b, undefined, [2, 3, 1]),
  binary('SQUARED_DIFFERENCE', 99, (a, b) => (a - b) ** 2),
  binary('FLOOR_DIV', 90, (a, b) => Math.floor(a / b)),
  binary('FLOOR_MOD', 95, (a, b) => a - b * Math.floor(a / b)),
  binary('ATAN2', 156, Math.atan2),
  binary('PRELU', 54, (a, b) => (a < 0 ? a * b : a)),
  integers('FLOOR_DIV of integers', 90, (a, b) => Math.floor(a / b)),
  integers('FLOOR_MOD of integers', 95, (a, b) => a - b * Math.floor(a / b)),
  integers('DIV of integers', 42, (a, b) => Math.trunc(a / b)),
  comparison('EQUAL', 71, (a, b) => a === b),
  comparison('NOT_EQUAL', 72, (a, b) => a !== b),
  comparison('LESS', 58, (a, b) => a < b),
  comparison('LESS_EQUAL', 63, (a, b) => a <= b),
  comparison('GREATER', 61, (a, b) => a > b),
  comparison('GREATER_EQUAL', 62, (a, b) => a >= b),
  logical('LOGICAL_AND', 86, (a, b) => a && b),
  logical('LOGICAL_OR', 84, (a, b) => a || b),
  {
    title: 'LOGICAL_NOT',
    op: 87,
    operands: [fed([2], [0, 1], 'bool')],
    results: [{ dims: [2], type: 'bool', values: [1, 0] }],
  },
  {
    title: 'ADD_N',
    op: 106,
    operands: [fed([3]), fed([3]), fed([3])],
    results: [{ dims: [3], values: counted([3]).map((x) => 3 * x) }],
  },
  {
    title: 'SELECT, a condition for each row',
    op: 64,
    operands: [fed([2], [1, 0], 'bool'), fed([2, 2], [1, 2, 3, 4]), fed([2, 2], [5, 6, 7, 8])],
    results: [{ dims: [2, 2], values: [1, 2, 7, 8] }],
  },
  {
    title: 'SELECT_V2, broadcast',
    op: 123,
    operands: [fed([2], [1, 0], 'bool'), fed([2, 2], [1, 2, 3, 4]), fed([1], [9])],
    results: [{ dims: [2, 2], values: [1, 9, 3, 9] }],
  },
  {
    title: 'SOFTMAX with beta',
    op: 25,
    options: [9, [0, 'float32', 0.5]],
    operands: [fed([2, 3], ROWS.flat())],
    results: [{ dims: [2, 3], values: ROWS.flatMap((row) => softmaxOf(row, 0.5)) }],
  },
  {
    title: 'LOG_SOFTMAX',
    op: 50,
    operands: [fed([2, 3], ROWS.flat())],
    results: [{ dims: [2, 3], values: ROWS.flatMap((row) => softmaxOf(row, 1).map(Math.log)) }],
  },
  {
    title: 'L2_NORMALIZATION',
    op: 11,
    operands: [fed([2, 2], [3, 4, 0, 0])],
    results: [{ dims: [2, 2], values: [0.6, 0.8, 0, 0] }],
  },
  {
    title: 'CAST cuts fractions off',
    op: 53,
    operands: [fed([4], [1.75, -1.75, 0, 300])],
    results: [{ dims: [4], type: 'int32', values: [1, -1, 0, 300] }],
  },
  {
    title: 'CAST of conditions',
    op: 53,
    operands: [fed([2], [1, 0], 'bool')],
    results: [{ dims: [2], values: [1, 0] }],
  },
  {
    title: 'DEQUANTIZE of half precision',
    op: 6,
    operands: [{ dims: [3], type: 'float16', values: [0x3c00, 0xc000, 0x3800] }],
    results: [{ dims: [3], values: [1, -2, 0.5] }],
  },
  {
    title: 'PRELU of a map, with a slope for each channel',
    op: 54,
    operands: [fed([1, 1, 2, 2], [-1, -2, 3, -4]), { dims: [1, 1, 2], values: [0.5, 0.25] }],
    results: [{ dims: [1, 1, 2, 2], values: [-0.5, -0.5, 3, -1] }],
  },
  {
    title: 'ADD of integers',
    op: 0,
    operands: [fed([2], [1, 2], 'int32'), vector([3, 4])],
    results: [{ dims: [2], type: 'int32', values: [4, 6] }],
  },
];
