import { float, int } from '@zeroskip/onnx';
import { type GraphBuilder, type GraphType, row, type Translate, type Translations } from '../builder.ts';
import type { TfNode } from '../node.ts';
import type { TensorValue } from '../value.ts';

/** Operators of one operand that ONNX has, too. */
const SAME: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  IsInf: 'IsInf',
  IsNan: 'IsNaN',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Selu: 'Selu',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Softsign: 'Softsign',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

type Write = (name: string, value: string, builder: GraphBuilder) => string;

const written: Readonly<Record<string, Write>> = {
  Relu6: (name, value, builder) => {
    const bounds = [builder.scalar('zero', 'float32', 0), builder.scalar('six', 'float32', 6)];
    return builder.node(name, 'Clip', [value, ...bounds]);
  },
  Rsqrt: (name, value, builder) =>
    builder.node(name, 'Reciprocal', [builder.node(`${name}/sqrt`, 'Sqrt', [value])]),
  Square: (name, value, builder) => builder.node(name, 'Mul', [value, value]),
  Log1p: (name, value, builder) =>
    builder.node(name, 'Log', [
      builder.node(`${name}/sum`, 'Add', [value, builder.scalar('one', 'float32', 1)]),
    ]),
  IsFinite: (name, value, builder) => {
    const isOut = [
      builder.node(`${name}/inf`, 'IsInf', [value]),
      builder.node(`${name}/nan`, 'IsNaN', [value]),
    ];
    return builder.node(name, 'Not', [builder.node(`${name}/either`, 'Or', isOut)]);
  },
  Expm1: (name, value, builder) =>
    builder.node(name, 'Sub', [
      builder.node(`${name}/exp`, 'Exp', [value]),
      builder.scalar('one', 'float32', 1),
    ]),
};

/** An operator of one operand by its name in TensorFlow; undefined where it has none here. */
export function unary(
  op: string,
  name: string,
  value: TensorValue,
  builder: GraphBuilder,
): TensorValue | undefined {
  if (Object.hasOwn(SAME, op)) return builder.like(value, builder.node(name, SAME[op]!, [value.name]));
  return Object.hasOwn(written, op)
    ? builder.like(value, written[op]!(name, value.name, builder))
    : undefined;
}

type WritePair = (node: TfNode, a: string, b: string, builder: GraphBuilder) => string;

/** Two operands that broadcast. */
function pair(write: WritePair): Translate {
  return (node, inputs, builder) => {
    const values = builder.together(inputs.slice(0, 2));
    const [a, b] = values as [TensorValue, TensorValue];
    return builder.broadcast(values, write(node, a.name, b.name, builder));
  };
}

const binary =
  (opType: string): WritePair =>
  (node, a, b, builder) =>
    builder.node(node.name, opType, [a, b]);

const not =
  (opType: string): WritePair =>
  (node, a, b, builder) =>
    builder.node(node.name, 'Not', [builder.node(`${node.name}/inner`, opType, [a, b])]);

const floorMod: WritePair = (node, a, b, builder) => {
  if (node.type('T', 'float32') !== 'float32') return builder.node(node.name, 'Mod', [a, b]);
  const quotient = builder.node(`${node.name}/floor`, 'Floor', [
    builder.node(`${node.name}/quotient`, 'Div', [a, b]),
  ]);
  return builder.node(node.name, 'Sub', [a, builder.node(`${node.name}/whole`, 'Mul', [quotient, b])]);
};

/** ONNX divides integers towards zero. */
const floorDiv: WritePair = (node, a, b, builder) => {
  const { name } = node;
  if (node.type('T', 'float32') === 'float32') {
    return builder.node(name, 'Floor', [builder.node(`${name}/quotient`, 'Div', [a, b])]);
  }
  const rest = builder.node(`${name}/rest`, 'Mod', [a, b]);
  return builder.node(name, 'Div', [builder.node(`${name}/whole`, 'Sub', [a, rest]), b]);
};

/** 0 where the divisor is. */
const divNoNan: WritePair = (node, a, b, builder) => {
  const zero = builder.scalar('zero', 'float32', 0);
  const isZero = builder.node(`${node.name}/isZero`, 'Equal', [b, zero]);
  return builder.node(node.name, 'Where', [
    isZero,
    zero,
    builder.node(`${node.name}/quotient`, 'Div', [a, b]),
  ]);
};

const squaredDifference: WritePair = (node, a, b, builder) => {
  const difference = builder.node(`${node.name}/difference`, 'Sub', [a, b]);
  return builder.node(node.name, 'Mul', [difference, difference]);
};

/** The angle of (x, y), in the quadrant that it lies in. */
const atan2: WritePair = ({ name }, y, x, builder) => {
  const part = (part: string, opType: string, operands: readonly string[]) =>
    builder.node(`${name}/${part}`, opType, operands);
  const number = (value: number) => builder.scalar(`${name}/number`, 'float32', value);
  const zero = number(0);
  const isZero = part('isZero', 'Equal', [x, zero]);
  const quotient = part('quotient', 'Div', [y, part('divisor', 'Where', [isZero, number(1), x])]);
  const half = part('half', 'Where', [part('below', 'Less', [y, zero]), number(-Math.PI), number(Math.PI)]);
  const shift = part('shift', 'Where', [part('left', 'Less', [x, zero]), half, zero]);
  const upright = part('upright', 'Mul', [part('sign', 'Sign', [y]), number(Math.PI / 2)]);
  const angle = part('angle', 'Add', [part('slope', 'Atan', [quotient]), shift]);
  return builder.node(name, 'Where', [isZero, upright, angle]);
};

/** Slopes along the last axes of the model. */
export function prelu(
  name: string,
  value: TensorValue,
  slope: TensorValue,
  builder: GraphBuilder,
): TensorValue {
  const [x, alpha] = builder.together([value, slope]) as [TensorValue, TensorValue];
  return builder.like(x, builder.node(name, 'PRelu', [x.name, alpha.name]));
}

/** The bias is along the channels, wherever these are. */
const biasAdd: Translate = (node, inputs, builder) => {
  if (node.channelsLast)
    return { ...pair(binary('Add'))(node, inputs, builder), ...blocksOf(inputs) } as TensorValue;
  const input = builder.modelOrder(inputs[0]!);
  const { rank } = input;
  if (rank === undefined) throw node.unsupported('rank of the input', 'a known one', 'an open one');
  const dims = [-1, ...Array.from({ length: rank - 2 }, () => 1)];
  const bias = builder.reshape(`${node.name}/bias`, inputs[1]!.name, dims);
  return builder.like(input, builder.node(node.name, 'Add', [input.name, bias]));
};

const blocksOf = ([first]: readonly TensorValue[]) => (first?.blocks ? { blocks: first.blocks } : {});

const addN: Translate = (node, inputs, builder) => {
  const values = builder.together(inputs);
  const [first, ...others] = values as [TensorValue, ...TensorValue[]];
  const sum = others.reduce((total, { name }) => builder.node(node.name, 'Add', [total, name]), first.name);
  return builder.broadcast(values, sum);
};

/** A condition per row where it has one axis and the values have more, as the first version of Select has it. */
const select =
  (byRow: boolean): Translate =>
  (node, inputs, builder) => {
    const [condition, x, y] = inputs as [TensorValue, TensorValue, TensorValue];
    let chosen = condition;
    if (byRow && condition.rank === 1 && x.rank !== undefined && x.rank > 1) {
      const dims = [-1, ...Array.from({ length: x.rank - 1 }, () => 1)];
      chosen = builder.plain(builder.reshape(`${node.name}/rows`, condition.name, dims), x.rank);
    }
    const values = builder.together([chosen, x, y]);
    const operands = values.map(({ name }) => name);
    return builder.broadcast(values, builder.node(node.name, 'Where', operands));
  };

const cast: Translate = (node, [input], builder) => {
  const type = node.type('DstT') as GraphType;
  // TensorFlow cuts fractions off, as ONNX does.
  const name = builder.cast(node.name, input!.name, type);
  const { length } = input!;
  return { ...builder.like(input!, name), ...(length === undefined ? {} : { length }) };
};

const clip: Translate = (node, inputs, builder) => {
  const [x, low, high] = inputs as [TensorValue, TensorValue, TensorValue];
  const least = builder.together([x, low]);
  const raised = builder.broadcast(
    least,
    builder.node(
      `${node.name}/low`,
      'Max',
      least.map(({ name }) => name),
    ),
  );
  const most = builder.together([raised, high]);
  return builder.broadcast(
    most,
    builder.node(
      node.name,
      'Min',
      most.map(({ name }) => name),
    ),
  );
};

const pairs: Readonly<Record<string, WritePair>> = {
  Add: binary('Add'),
  AddV2: binary('Add'),
  BitwiseAnd: binary('BitwiseAnd'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div'),
  RealDiv: binary('Div'),
  Pow: binary('Pow'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Equal: binary('Equal'),
  Greater: binary('Greater'),
  GreaterEqual: binary('GreaterOrEqual'),
  Less: binary('Less'),
  LessEqual: binary('LessOrEqual'),
  LogicalAnd: binary('And'),
  LogicalOr: binary('Or'),
  LogicalXor: binary('Xor'),
  NotEqual: not('Equal'),
  FloorDiv: floorDiv,
  FloorMod: floorMod,
  Mod: floorMod,
  DivNoNan: divNoNan,
  SquaredDifference: squaredDifference,
  Atan2: atan2,
};

const rows = <T>(
  table: Readonly<Record<string, T>>,
  inputs: number,
  translate: (value: T, op: string) => Translate,
) => Object.fromEntries(Object.entries(table).map(([op, value]) => [op, row(inputs, translate(value, op))]));

export const elementwise: Translations = {
  ...rows({ ...SAME, ...written }, 1, (_, op) => (node, [input], builder) => ({
    ...unary(op, node.name, input!, builder)!,
    ...blocksOf([input!]),
  })),
  ...rows(pairs, 2, pair),
  LeakyRelu: row(1, (node, [input], builder) => {
    const attributes = { alpha: float(node.float('alpha', 0.2)) };
    return builder.like(input!, builder.node(node.name, 'LeakyRelu', [input!.name], attributes));
  }),
  Prelu: row(2, (node, [input, slope], builder) => prelu(node.name, input!, slope!, builder)),
  BiasAdd: row(2, biasAdd),
  AddN: row(1, addN),
  Select: row(3, select(true)),
  SelectV2: row(3, select(false)),
  ClipByValue: row(3, clip),
  Cast: row(1, cast),
  Softmax: row(1, (node, [input], builder) => softmax(node, 'Softmax', input!, builder)),
  LogSoftmax: row(1, (node, [input], builder) => softmax(node, 'LogSoftmax', input!, builder)),
};

/** Along the last axis of the model. */
function softmax(node: TfNode, opType: string, input: TensorValue, builder: GraphBuilder): TensorValue {
  const axis = input.order === 'channelsSecond' ? 1 : -1;
  return builder.like(input, builder.node(node.name, opType, [input.name], { axis: int(axis) }));
}
