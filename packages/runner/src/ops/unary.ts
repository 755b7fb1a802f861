import { definitionOf, isActivation, type Unary, type UnaryFunction } from '@zeroskip/kernels';
import type { NodeView } from '@zeroskip/onnx';
import { allocate, Tensor } from '@zeroskip/tensor';
import { lowerUnary } from '../lowering/elementwise.ts';
import { AFTER_RELU, type Operator } from './common/operator.ts';
import { floats, isBig, numbers } from './common/types.ts';

interface UnaryRow extends Pick<Operator, 'opType' | 'since' | 'density'> {
  /** The function, given the node's attributes. */
  readonly of: (node: NodeView) => (x: number) => number;
  /** For 64-bit integers, where the operator takes integers. */
  readonly big?: (x: bigint) => bigint;
  readonly native?: NativeRow['native'];
}

/** What native code computes is defined there. */
interface NativeRow extends Omit<UnaryRow, 'of'> {
  readonly native: (node: NodeView) => Unary;
}

function unary({ of, big, native, ...row }: UnaryRow): Operator {
  return {
    ...row,
    inputs: [1, 1],
    types: [big ? numbers : floats],
    infer(node) {
      const { type, dims } = node.input(0);
      of(node);
      return [{ type, dims }];
    },
    evaluate(node, [x]) {
      const { type, data, dims } = x!;
      const out = allocate(type, data.length);
      if (isBig(type)) {
        const [from, to] = [data as BigInt64Array, out as BigInt64Array];
        for (let i = 0; i < from.length; i++) to[i] = big!(from[i]!);
      } else {
        const f = of(node);
        const [from, to] = [data as Float32Array, out as Float32Array];
        for (let i = 0; i < from.length; i++) to[i] = f(from[i]!);
      }
      return [new Tensor(type, out, dims)];
    },
    ...(native && {
      activation(node) {
        const own = native(node);
        return isActivation(own) ? own : undefined;
      },
      lower(node, lowering) {
        const { name, alpha = 0, beta = 0 } = native(node);
        return lowerUnary(lowering, node, name, alpha, beta);
      },
    }),
  };
}

const fixed = (name: UnaryFunction) => (): Unary => ({ name });

const bigAbs = (x: bigint) => (x < 0n ? -x : x);

const nativeRows: NativeRow[] = [
  { opType: 'Abs', big: bigAbs, native: fixed('abs') },
  { opType: 'Neg', big: (x) => -x, native: fixed('neg') },
  { opType: 'Exp', native: fixed('exp') },
  { opType: 'Log', native: fixed('log') },
  { opType: 'Sqrt', native: fixed('sqrt') },
  { opType: 'Reciprocal', native: fixed('reciprocal') },
  { opType: 'Floor', native: fixed('floor') },
  { opType: 'Ceil', native: fixed('ceil') },
  { opType: 'Relu', density: () => AFTER_RELU, big: (x) => (x > 0n ? x : 0n), native: fixed('relu') },
  { opType: 'Sigmoid', native: fixed('sigmoid') },
  { opType: 'Tanh', native: fixed('tanh') },
  { opType: 'LeakyRelu', native: (node) => ({ name: 'leakyRelu', alpha: node.float('alpha', 0.01) }) },
  {
    opType: 'HardSigmoid',
    native: (node) => ({
      name: 'hardSigmoid',
      alpha: node.float('alpha', 0.2),
      beta: node.float('beta', 0.5),
    }),
  },
  { opType: 'HardSwish', since: 14, native: fixed('hardSwish') },
  { opType: 'Erf', since: 9, native: fixed('erf') },
  { opType: 'Softplus', native: fixed('softplus') },
  { opType: 'Mish', since: 18, native: fixed('mish') },
  {
    opType: 'Gelu',
    since: 20,
    native: (node) => ({
      name: node.choice('approximate', ['none', 'tanh'], 'none') === 'none' ? 'gelu' : 'geluTanh',
    }),
  },
  { opType: 'Round', since: 11, native: fixed('round') },
  { opType: 'Sign', since: 9, big: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n), native: fixed('sign') },
  { opType: 'Elu', native: (node) => ({ name: 'elu', alpha: node.float('alpha', 1), beta: 1 }) },
  {
    opType: 'Celu',
    since: 12,
    native(node) {
      const alpha = node.float('alpha', 1);
      return { name: 'elu', alpha, beta: 1 / alpha };
    },
  },
  { opType: 'Swish', since: 24, native: (node) => ({ name: 'swish', alpha: node.float('alpha', 1) }) },
];

/** To the nearest integer, halves to the even one. */
export const roundHalfEven = definitionOf({ name: 'round' });

export const unaryOperators: Operator[] = [
  ...nativeRows.map((row) => unary({ ...row, of: (node) => definitionOf(row.native(node)) })),
  unary({ opType: 'Sin', since: 7, of: () => Math.sin }),
  unary({ opType: 'Cos', since: 7, of: () => Math.cos }),
  unary({ opType: 'Tan', since: 7, of: () => Math.tan }),
  unary({ opType: 'Asin', since: 7, of: () => Math.asin }),
  unary({ opType: 'Acos', since: 7, of: () => Math.acos }),
  unary({ opType: 'Atan', since: 7, of: () => Math.atan }),
  unary({ opType: 'Sinh', since: 9, of: () => Math.sinh }),
  unary({ opType: 'Cosh', since: 9, of: () => Math.cosh }),
  unary({ opType: 'Asinh', since: 9, of: () => Math.asinh }),
  unary({ opType: 'Acosh', since: 9, of: () => Math.acosh }),
  unary({ opType: 'Atanh', since: 9, of: () => Math.atanh }),
  unary({
    opType: 'Selu',
    of: (node) => {
      const [alpha, gamma] = [
        node.float('alpha', 1.6732632423543772),
        node.float('gamma', 1.0507009873554805),
      ];
      return (x) => gamma * (x < 0 ? alpha * Math.expm1(x) : x);
    },
  }),
  unary({
    opType: 'ThresholdedRelu',
    since: 10,
    density: () => AFTER_RELU,
    of: (node) => {
      const alpha = node.float('alpha', 1);
      return (x) => (x > alpha ? x : 0);
    },
  }),
  unary({
    opType: 'Shrink',
    since: 9,
    of: (node) => {
      const [bias, lambda] = [node.float('bias', 0), node.float('lambd', 0.5)];
      return (x) => (x < -lambda ? x + bias : x > lambda ? x - bias : 0);
    },
  }),
  unary({ opType: 'Softsign', of: () => (x) => x / (1 + Math.abs(x)) }),
];
