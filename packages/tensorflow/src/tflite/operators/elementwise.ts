import { dataTypeCode, int, string } from '@zeroskip/onnx';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { TensorValue } from '../../tfjs/graph/value.ts';
import type { LiteNode } from '../node.ts';
import { type Activated, add, div, gelu, leakyRelu, mul, softmax, sub } from '../options.ts';
import { clipped, fused, row, type Translate, type Translation, type Translations } from '../translation.ts';
import { f, numberType, same, written, writtenSingle } from './tensorflow.ts';

/** Operators that TensorFlow has by another name, by how many operands they take. */
const UNARY = {
  ABS: 'Abs',
  CEIL: 'Ceil',
  COS: 'Cos',
  ELU: 'Elu',
  EXP: 'Exp',
  FLOOR: 'Floor',
  LOG: 'Log',
  LOGICAL_NOT: 'LogicalNot',
  LOGISTIC: 'Sigmoid',
  LOG_SOFTMAX: 'LogSoftmax',
  NEG: 'Neg',
  RELU: 'Relu',
  RELU6: 'Relu6',
  ROUND: 'Round',
  RSQRT: 'Rsqrt',
  SIGN: 'Sign',
  SIN: 'Sin',
  SQRT: 'Sqrt',
  SQUARE: 'Square',
  TANH: 'Tanh',
} as const;

const BINARY = {
  ATAN2: 'Atan2',
  EQUAL: 'Equal',
  GREATER: 'Greater',
  GREATER_EQUAL: 'GreaterEqual',
  LESS: 'Less',
  LESS_EQUAL: 'LessEqual',
  LOGICAL_AND: 'LogicalAnd',
  LOGICAL_OR: 'LogicalOr',
  MAXIMUM: 'Maximum',
  MINIMUM: 'Minimum',
  NOT_EQUAL: 'NotEqual',
  POW: 'Pow',
  PRELU: 'Prelu',
  SQUARED_DIFFERENCE: 'SquaredDifference',
} as const;

const each = (table: Readonly<Record<string, string>>, inputs: number): Translations =>
  Object.fromEntries(Object.entries(table).map(([own, op]) => [own, same(inputs, op)]));

const arithmetic = (op: string, options: Activated): Translation =>
  fused(2, options, (node, builder) => writtenSingle(op, node, builder));

const bounded =
  (low: number, high: number): Translate =>
  (node, builder) =>
    clipped(node.name, node.input(0), [low, high], builder);

/** An operator of ONNX of one operand. */
const own =
  (
    opType: string,
    attributes: (node: LiteNode) => Parameters<GraphBuilder['node']>[3] = () => ({}),
  ): Translate =>
  (node, builder) => {
    const input = node.input(0);
    return builder.like(input, builder.node(node.name, opType, [input.name], attributes(node)));
  };

/** Its exponents are multiplied by beta first. */
const softmaxOf: Translate = (node, builder) => {
  const { beta } = node.options(softmax);
  let input = node.input(0);
  if (beta !== 1) {
    const factor = builder.scalar(`${node.name}/beta`, 'float32', beta);
    input = builder.like(input, builder.node(`${node.name}/scaled`, 'Mul', [input.name, factor]));
  }
  return written('Softmax', node, builder, {}, [input]);
};

/** Lengths below this are taken to be it. */
const LEAST_LENGTH = 1e-6;

const lastAxis = ({ order }: TensorValue) => (order === 'channelsSecond' ? 1 : -1);

/** Vectors along the last axis, divided by their lengths. */
const l2Normalization: Translate = (node, builder) => {
  const input = node.input(0);
  const { name } = node;
  const axes = builder.int64s(`${name}/axes`, [lastAxis(input)]);
  const length = builder.node(`${name}/length`, 'ReduceL2', [input.name, axes], { keepdims: int(1) });
  const least = builder.scalar(`${name}/least`, 'float32', LEAST_LENGTH);
  const divisor = builder.node(`${name}/divisor`, 'Max', [length, least]);
  return builder.like(input, builder.node(name, 'Div', [input.name, divisor]));
};

/** Between any types of numbers, fractions cut off. */
const cast: Translate = (node, builder) => {
  const input = node.raw(0);
  const to = int(dataTypeCode(node.output(0).type()));
  const { length } = input;
  const value = builder.like(input, builder.node(node.name, 'Cast', [input.name], { to }));
  return { ...value, ...(length === undefined ? {} : { length }) };
};

export const elementwise: Translations = {
  ...each(UNARY, 1),
  ...each(BINARY, 2),
  ADD: arithmetic('AddV2', add),
  SUB: arithmetic('Sub', sub),
  MUL: arithmetic('Mul', mul),
  DIV: arithmetic('Div', div),
  FLOOR_DIV: same(2, 'FloorDiv', numberType),
  FLOOR_MOD: same(2, 'FloorMod', numberType),
  ADD_N: same(1, 'AddN'),
  SELECT: same(3, 'Select'),
  SELECT_V2: same(3, 'SelectV2'),
  LEAKY_RELU: same(1, 'LeakyRelu', (node) => ({ alpha: f(node.options(leakyRelu).alpha) })),
  RELU_N1_TO_1: row(1, bounded(-1, 1)),
  RELU_0_TO_1: row(1, bounded(0, 1)),
  HARD_SWISH: row(1, own('HardSwish')),
  GELU: row(
    1,
    own('Gelu', (node) => ({ approximate: string(node.options(gelu).approximate ? 'tanh' : 'none') })),
  ),
  SOFTMAX: row(1, softmaxOf),
  L2_NORMALIZATION: row(1, l2Normalization),
  CAST: { inputs: 1, translate: cast, isRaw: true },
  // Of values whose numbers change nothing: the writer makes integers numbers, and numbers integers.
  DEQUANTIZE: row(1, (node) => node.input(0)),
  QUANTIZE: row(1, (node) => node.input(0)),
  // Values of a sparse encoding are refused where they are read.
  DENSIFY: row(1, (node) => node.input(0)),
};
