import { sizeOf } from '@zeroskip/tensor';
import type { LiteTensorParts } from '../lite-model.ts';
import { fed, type Operand, type OperatorCase, vector } from '../operator-case.ts';

const RANGES = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767] } as const;

type QuantizedType = keyof typeof RANGES;

/** What integers stand for. */
interface Coding {
  readonly type: QuantizedType;
  readonly scale: number;
  readonly zero: number;
}

const int8 = (scale: number, zero: number): Coding => ({ type: 'int8', scale, zero });
const uint8 = (scale: number, zero: number): Coding => ({ type: 'uint8', scale, zero });
const int16 = (scale: number): Coding => ({ type: 'int16', scale, zero: 0 });

/** Integers over the whole range, the same for the same shift. */
export function spread(dims: readonly number[], { type }: Pick<Coding, 'type'>, shift = 0): number[] {
  const [low, high] = RANGES[type];
  const middle = (low + high) / 2;
  return Array.from({ length: sizeOf(dims) }, (_, i) =>
    Math.round(middle + ((high - low) / 2) * Math.sin(1.7 * i + shift)),
  );
}

const real = (values: readonly number[], { scale, zero }: Coding) =>
  values.map((value) => (value - zero) * Math.fround(scale));

const coded = (values: readonly number[], { type, scale, zero }: Coding) => {
  const [low, high] = RANGES[type];
  return values.map((value) => Math.min(high, Math.max(low, Math.round(value / Math.fround(scale)) + zero)));
};

/** An input over the whole range. */
const given = (dims: readonly number[], coding: Coding, shift = 0): Operand => ({
  ...fed(dims, spread(dims, coding, shift)),
  ...coding,
});

const realOf = (operand: Operand, coding: Coding) => real(operand.feed!, coding);

function unary(
  title: string,
  op: number,
  from: Coding,
  to: Coding,
  f: (x: number) => number,
  options?: OperatorCase['options'],
): OperatorCase {
  const operand = given([1, 64], from);
  return {
    title,
    op,
    ...(options && { options }),
    operands: [operand],
    results: [{ dims: [1, 64], ...to, values: coded(realOf(operand, from).map(f), to) }],
  };
}

function binary(
  title: string,
  op: number,
  codings: readonly [Coding, Coding, Coding],
  f: (a: number, b: number) => number,
  options?: OperatorCase['options'],
): OperatorCase {
  const [first, second, to] = codings;
  const dims = [1, 4, 4, 4];
  const [a, b] = [given(dims, first), given(dims, second, 1)];
  const [x, y] = [realOf(a, first), realOf(b, second)];
  return {
    title,
    op,
    ...(options && { options }),
    operands: [a, b],
    results: [
      {
        dims,
        ...to,
        values: coded(
          x.map((value, i) => f(value, y[i]!)),
          to,
        ),
      },
    ],
  };
}

/** A 1 × 1 convolution, or a product: rows of numbers times rows of weights. */
function rows(x: readonly number[], w: readonly number[], depth: number, bias: readonly number[]): number[] {
  const columns = w.length / depth;
  return Array.from({ length: (x.length / depth) * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = bias[column]!;
    for (let k = 0; k < depth; k++) sum += x[row * depth + k]! * w[column * depth + k]!;
    return sum;
  });
}

const CHANNEL_SCALES = [0.01, 0.02, 0.005];
const BIAS = [100, -2000, 3000];

interface Layer {
  readonly op: number;
  readonly options: OperatorCase['options'];
  readonly dims: readonly number[];
  readonly weights: readonly number[];
  readonly out: readonly number[];
}

const pointwise = (activation: number): Layer => ({
  op: 3,
  options: [1, [0, 'int8', 1], [1, 'int32', 1], [2, 'int32', 1], [3, 'int8', activation]],
  dims: [1, 3, 3, 4],
  weights: [3, 1, 1, 4],
  out: [1, 3, 3, 3],
});
const connected: Layer = { op: 9, options: [8, [0, 'int8', 0]], dims: [5, 4], weights: [3, 4], out: [5, 3] };

/** Weights with a scale for each channel, and none for their zero point. */
function perChannel(
  title: string,
  layer: Layer,
  from: Coding,
  to: Coding,
  bias: 'int32' | 'int64',
  f = (x: number) => x,
): OperatorCase {
  const operand = given(layer.dims, from);
  const w = spread(layer.weights, { type: 'int8' }, 2);
  const weights = w.map((value, i) => value * Math.fround(CHANNEL_SCALES[Math.floor(i / 4)]!));
  const biasScale = CHANNEL_SCALES.map((scale) => scale * from.scale);
  const sums = rows(
    realOf(operand, from),
    weights,
    4,
    BIAS.map((value, i) => value * biasScale[i]!),
  );
  return {
    title,
    op: layer.op,
    ...(layer.options && { options: layer.options }),
    operands: [
      operand,
      { dims: layer.weights, type: 'int8', values: w, scale: CHANNEL_SCALES, zero: [0, 0, 0], axis: 0 },
      { dims: [3], type: bias, values: BIAS, scale: biasScale, zero: [0, 0, 0] },
    ],
    results: [{ dims: layer.out, ...to, values: coded(sums.map(f), to) }],
  };
}

/** As old models have it: one scale for all weights, which have a zero point. */
function asymmetric(title: string, layer: Layer): OperatorCase {
  const [from, weighed, to] = [uint8(0.02, 117), uint8(0.015, 131), uint8(0.1, 120)];
  const operand = given(layer.dims, from);
  const w = spread(layer.weights, weighed, 2);
  const biasScale = from.scale * weighed.scale;
  const sums = rows(
    realOf(operand, from),
    real(w, weighed),
    4,
    BIAS.map((value) => value * biasScale),
  );
  return {
    title,
    op: layer.op,
    ...(layer.options && { options: layer.options }),
    operands: [
      operand,
      { dims: layer.weights, ...weighed, values: w },
      { dims: [3], type: 'int32', values: BIAS, scale: biasScale, zero: 0 },
    ],
    results: [{ dims: layer.out, ...to, values: coded(sums, to) }],
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clamp = (low: number, high: number) => (x: number) => Math.min(Math.max(x, low), high);

function moved(
  title: string,
  op: number,
  operands: readonly Operand[],
  results: readonly LiteTensorParts[],
  options?: OperatorCase['options'],
): OperatorCase {
  return { title, op, operands, results, ...(options && { options }) };
}

const MAP = [1, 2, 2, 2];
const FROM = int8(0.05, 3);
const EIGHT = [-128, -50, 0, 3, 10, 50, 100, 127];

export const quantizedCases: readonly OperatorCase[] = [
  perChannel('CONV_2D with a scale for each channel', pointwise(0), FROM, int8(0.1, -5), 'int32'),
  perChannel('CONV_2D with RELU6', pointwise(3), FROM, int8(6 / 255, -128), 'int32', clamp(0, 6)),
  perChannel('CONV_2D with RELU beyond its range', pointwise(1), FROM, int8(0.1, 0), 'int32', (x) =>
    Math.max(x, 0),
  ),
  perChannel('CONV_2D of 16-bit integers', pointwise(0), int16(0.0005), int16(0.001), 'int64'),
  perChannel('FULLY_CONNECTED with a scale for each unit', connected, FROM, int8(0.1, -5), 'int32'),
  asymmetric('CONV_2D of old models', pointwise(0)),
  asymmetric('FULLY_CONNECTED of old models', connected),
  unary('LOGISTIC', 14, FROM, int8(1 / 256, -128), sigmoid),
  unary('TANH', 28, FROM, int8(1 / 128, 0), Math.tanh),
  unary('HARD_SWISH', 117, FROM, int8(0.03, -100), (x) => (x * clamp(0, 6)(x + 3)) / 6),
  unary('LEAKY_RELU', 98, FROM, int8(0.06, 3), (x) => (x < 0 ? 0.25 * x : x), [75, [0, 'float32', 0.25]]),
  unary('RELU', 19, FROM, int8(0.025, -128), (x) => Math.max(x, 0)),
  unary('ELU', 111, FROM, int8(0.03, -100), (x) => (x > 0 ? x : Math.exp(x) - 1)),
  unary('QUANTIZE in another scale', 114, FROM, uint8(0.03, 100), (x) => x),
  binary('ADD', 0, [FROM, int8(0.02, -7), int8(0.06, 1)], (a, b) => a + b),
  binary('ADD of old models', 0, [uint8(0.05, 120), uint8(0.02, 130), uint8(0.06, 125)], (a, b) => a + b),
  binary('SUB', 41, [FROM, int8(0.02, -7), int8(0.06, 1)], (a, b) => a - b),
  binary('MUL with RELU6', 18, [FROM, int8(0.02, -7), int8(0.03, -128)], (a, b) => clamp(0, 6)(a * b), [
    21,
    [0, 'int8', 3],
  ]),
  binary('MAXIMUM', 55, [FROM, FROM, FROM], Math.max),
  moved(
    'DEQUANTIZE',
    6,
    [{ ...fed([8], EIGHT), ...FROM }],
    [{ dims: [8], values: EIGHT.map((value) => (value - 3) * Math.fround(0.05)) }],
  ),
  moved(
    'QUANTIZE of floats, halves to either side',
    114,
    [fed([4], [-1.01, 0.049, 3, 100])],
    [{ dims: [4], ...FROM, values: coded([-1.01, 0.049, 3, 100], FROM) }],
  ),
  moved(
    'PAD with the zero point',
    34,
    [
      { ...fed(MAP, EIGHT), ...FROM },
      { dims: [4, 2], type: 'int32', values: [0, 0, 0, 0, 1, 0, 0, 0] },
    ],
    [{ dims: [1, 2, 3, 2], ...FROM, values: [3, 3, ...EIGHT.slice(0, 4), 3, 3, ...EIGHT.slice(4)] }],
  ),
  moved(
    'RESHAPE',
    22,
    [{ ...fed(MAP, EIGHT), ...FROM }, vector([8])],
    [{ dims: [8], ...FROM, values: EIGHT }],
  ),
  moved(
    'MAX_POOL_2D',
    17,
    [{ ...fed(MAP, EIGHT), ...FROM }],
    [{ dims: [1, 1, 1, 2], ...FROM, values: [100, 127] }],
    [5, [0, 'int8', 1], [1, 'int32', 2], [2, 'int32', 2], [3, 'int32', 2], [4, 'int32', 2]],
  ),
  moved(
    'AVERAGE_POOL_2D',
    1,
    [{ ...fed(MAP, EIGHT), ...FROM }],
    [{ dims: [1, 1, 1, 2], ...FROM, values: [-5, 33] }],
    [5, [0, 'int8', 1], [1, 'int32', 2], [2, 'int32', 2], [3, 'int32', 2], [4, 'int32', 2]],
  ),
  moved(
    'MEAN',
    40,
    [{ ...fed(MAP, EIGHT), ...FROM }, vector([1, 2])],
    [{ dims: [1, 2], ...FROM, values: [-5, 33] }],
    [27, [0, 'int8', 0]],
  ),
  moved(
    'CONCATENATION of two scales',
    2,
    [
      { ...fed([1, 2], [3, 23]), ...uint8(0.05, 3) },
      { ...fed([1, 2], [5, 105]), ...uint8(0.01, 5) },
    ],
    [{ dims: [1, 4], ...uint8(0.02, 0), values: [0, 50, 0, 50] }],
    [10, [0, 'int32', 1], [1, 'int8', 0]],
  ),
  moved(
    'GATHER',
    36,
    [{ ...fed([4, 2], EIGHT), ...FROM }, vector([3, 0])],
    [{ dims: [2, 2], ...FROM, values: [100, 127, -128, -50] }],
    [23, [0, 'int32', 0]],
  ),
];
