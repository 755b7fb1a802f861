import type { BinaryFunction } from '@zeroskip/kernels';
import type { NodeView } from '@zeroskip/onnx';
import { type ElementType, Tensor } from '@zeroskip/tensor';
import { elementwise } from '../lowering/elementwise.ts';
import { aligned, type Place } from '../lowering/place.ts';
import { broadcastDims, zip } from './common/broadcast.ts';
import { alignedByAxis } from './common/composite.ts';
import { eitherDensity, type Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { anyType, bools, isBig, isFloat, numbers } from './common/types.ts';

interface ArithmeticRow extends Pick<Operator, 'opType' | 'density'> {
  readonly f: (a: number, b: number) => number;
  readonly big: (a: bigint, b: bigint) => bigint;
  readonly native: BinaryFunction;
  /** Scale and shift that a constant operand amounts to; `first` where that is the first one. */
  readonly affine?: (constant: number, first: boolean) => readonly [scale: number, shift: number] | undefined;
  /** Inputs may differ in type; the first decides the result's. */
  readonly mixed?: true;
}

function toTyped(type: ElementType, f: (a: number, b: number) => number) {
  return isFloat(type) ? f : (a: number, b: number) => Math.trunc(f(a, b));
}

/** A constant operand's value for each channel of the other one, where it has no other axes. */
function perChannel(node: NodeView, index: number): Float32Array | undefined {
  if (node.opset < 7 || node.inputs.length !== 2 || !node.hasInput(1 - index)) return undefined;
  const [map, { type, dims, constant }] = [node.input(index), node.input(1 - index)];
  const [rank, channels] = [map.dims.length, map.dims[1]];
  if (!constant || type !== 'float32' || rank < 2 || dims.length > rank) return undefined;
  const fits = aligned(dims, rank).every((dim, axis) => dim === 1 || (axis === 1 && dim === channels));
  const values = fits ? (constant.load().data as Float32Array) : undefined;
  return values?.length === 1 ? new Float32Array(channels!).fill(values[0]!) : values;
}

function arithmetic({ f, big, native, affine, mixed, ...row }: ArithmeticRow): Operator {
  return {
    ...row,
    ...(affine && {
      affine(node, index) {
        const values = perChannel(node, index);
        const pairs = values && Array.from(values, (value) => affine(value, index === 1));
        if (!pairs?.every((pair) => pair !== undefined)) return undefined;
        const [scale, shift] = [0, 1].map((i) => Float32Array.from(pairs, (pair) => pair[i]!));
        return { scale: scale!, shift: shift! };
      },
    }),
    inputs: [2, 2],
    types: [numbers, mixed ? numbers : 0],
    decompose: alignedByAxis,
    infer(node) {
      const [a, b] = [node.input(0), node.input(1)];
      return [{ type: a.type, dims: broadcastDims(node, [a.dims, b.dims]) }];
    },
    evaluate(_node, [a, b], [out]) {
      const { type, dims } = out!;
      return filled(out!, (to) => {
        const convert: (value: number | bigint) => unknown = isBig(type) ? BigInt : Number;
        const by =
          isBig(type) === isBig(b!.type) ? b! : { data: Array.from(b!.data, convert), dims: b!.dims };
        if (isBig(type)) zip<bigint, bigint>(a!, by, to, dims, big);
        else zip<number, number>(a!, by, to, dims, toTyped(type, f));
      });
    },
    lower(node, lowering) {
      const [a, b] = [node.input(0), node.input(1)];
      const outDims = lowering.values.type(node.node.outputs[0]!).dims;
      const places = elementwise(lowering, outDims, [a, b]);
      if (!places) return false;
      const [x, y] = places.operands as [Place, Place];
      const isSquare = native === 'pow' && b.constant?.load().data.every((value) => value === 2);
      if (isSquare) lowering.emitBinary('mul', x, x, places.output(node, 0));
      else lowering.emitBinary(native, x, y, places.output(node, 0));
      return true;
    },
  };
}

interface PredicateRow extends Pick<Operator, 'opType' | 'since' | 'types'> {
  readonly f: (a: number, b: number) => boolean | number;
  readonly native: BinaryFunction;
  /** Whether the native function takes the operands in the other order. */
  readonly turned?: boolean;
}

/** Of two values, whether something holds; 64-bit ones compare as others do. */
function predicate({ f, native, turned = false, ...row }: PredicateRow): Operator {
  return {
    ...row,
    inputs: [2, 2],
    decompose: alignedByAxis,
    infer: (node) => [{ type: 'bool', dims: broadcastDims(node, [node.input(0).dims, node.input(1).dims]) }],
    evaluate: (_node, [a, b], [out]) =>
      filled<Uint8Array>(out!, (to) =>
        zip<number, number>(a!, b!, to, out!.dims, (x, y) => (f(x, y) ? 1 : 0)),
      ),
    lower(node, lowering, [out]) {
      const places = elementwise(lowering, out!.dims, node.present);
      if (!places) return false;
      const [x, y] = places.operands as [Place, Place];
      lowering.emitBinary(native, turned ? y : x, turned ? x : y, places.output(node, 0));
      return true;
    },
  };
}

type Comparison = Omit<PredicateRow, 'opType' | 'types'>;
const comparison = (opType: string, row: Comparison) => predicate({ opType, types: [anyType, 0], ...row });

function logical(opType: string, native: BinaryFunction, f: PredicateRow['f']): Operator {
  return predicate({ opType, types: [bools], native, f });
}

/** In 64 bits, by squaring: the result wraps around as C's does. */
function bigPow(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let [result, factor, left] = [1n, base, exponent];
  while (left > 0n) {
    if (left & 1n) result = BigInt.asIntN(64, result * factor);
    factor = BigInt.asIntN(64, factor * factor);
    left >>= 1n;
  }
  return result;
}

const not: Operator = {
  opType: 'Not',
  inputs: [1, 1],
  types: [bools],
  infer: (node) => [{ type: 'bool', dims: node.input(0).dims }],
  evaluate: (_node, [x]) => [
    new Tensor(
      'bool',
      (x!.data as Uint8Array).map((value) => (value ? 0 : 1)),
      x!.dims,
    ),
  ],
  lower(node, lowering, [out]) {
    const places = elementwise(lowering, out!.dims, node.present);
    if (!places) return false;
    lowering.emitBinary('equal', places.operands[0]!, lowering.number(0), places.output(node, 0));
    return true;
  },
};

const mod: Operator = {
  opType: 'Mod',
  types: [numbers, 0],
  since: 10,
  inputs: [2, 2],
  infer(node) {
    const { type, dims } = node.input(0);
    if (isFloat(type) && !node.flag('fmod', false)) throw node.error('attribute fmod', '1 for floats', 0);
    return [{ type, dims: broadcastDims(node, [dims, node.input(1).dims]) }];
  },
  evaluate(node, [a, b], [out]) {
    const truncated = node.flag('fmod', false);
    /** The rest has the dividend's sign when truncated, else the divisor's. */
    const signed = <T extends number | bigint>(rest: T, y: T): boolean =>
      truncated || !rest || rest < 0 === y < 0;
    return filled<unknown>(out!, (to) => {
      if (isBig(out!.type)) {
        zip<bigint, bigint>(a!, b!, to, out!.dims, (x, y) => {
          const rest = y === 0n ? 0n : x % y;
          return signed(rest, y) ? rest : rest + y;
        });
      } else {
        zip<number, number>(a!, b!, to, out!.dims, (x, y) => {
          const rest = x % y;
          return signed(rest, y) ? rest : rest + y;
        });
      }
    });
  },
};

const ofSum = ([a, b]: readonly number[]) => eitherDensity(a!, b!);

export const binaryOperators: Operator[] = [
  arithmetic({
    opType: 'Add',
    f: (a, b) => a + b,
    big: (a, b) => a + b,
    native: 'add',
    affine: (constant) => [1, constant],
    density: ofSum,
  }),
  arithmetic({
    opType: 'Sub',
    f: (a, b) => a - b,
    big: (a, b) => a - b,
    native: 'sub',
    affine: (constant, first) => (first ? [-1, constant] : [1, -constant]),
    density: ofSum,
  }),
  arithmetic({
    opType: 'Mul',
    f: (a, b) => a * b,
    big: (a, b) => a * b,
    native: 'mul',
    affine: (constant) => [constant, 0],
    density: ([a, b]) => a! * b!,
  }),
  arithmetic({
    opType: 'Div',
    f: (a, b) => a / b,
    big: (a, b) => (b === 0n ? 0n : a / b),
    native: 'div',
    affine: (constant, first) => (first ? undefined : [1 / constant, 0]),
  }),
  arithmetic({ opType: 'Pow', f: (a, b) => a ** b, big: bigPow, native: 'pow', mixed: true }),
  mod,
  comparison('Equal', { f: (a, b) => a === b, native: 'equal' }),
  comparison('Greater', { f: (a, b) => a > b, native: 'less', turned: true }),
  comparison('Less', { f: (a, b) => a < b, native: 'less' }),
  comparison('GreaterOrEqual', { since: 12, f: (a, b) => a >= b, native: 'lessOrEqual', turned: true }),
  comparison('LessOrEqual', { since: 12, f: (a, b) => a <= b, native: 'lessOrEqual' }),
  logical('And', 'mul', (a, b) => a && b),
  logical('Or', 'max', (a, b) => a || b),
  logical('Xor', 'notEqual', (a, b) => !a !== !b),
  not,
];
