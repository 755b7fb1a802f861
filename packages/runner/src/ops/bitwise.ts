import { byteSize, computeType, type NodeView, storedType } from '@zeroskip/onnx';
import { allocate, Tensor } from '@zeroskip/tensor';
import { broadcastDims, zip } from './common/broadcast.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { bools, floats, integers, isBig, numbers } from './common/types.ts';

/** Bits of two integers; those of 64 bits join by the same operators, and results are cut to their type. */
function bitwise(opType: string, f: (a: number, b: number) => number): Operator {
  return {
    opType,
    since: 18,
    inputs: [2, 2],
    types: [integers, 0],
    infer(node) {
      const [a, b] = [node.input(0), node.input(1)];
      return [{ type: a.type, dims: broadcastDims(node, [a.dims, b.dims]) }];
    },
    evaluate: (_node, [a, b], [out]) => filled(out!, (to) => zip<number, number>(a!, b!, to, out!.dims, f)),
  };
}

const not: Operator = {
  opType: 'BitwiseNot',
  since: 18,
  inputs: [1, 1],
  types: [integers],
  infer: (node) => [{ type: node.input(0).type, dims: node.input(0).dims }],
  evaluate: (_node, [x], [out]) =>
    filled(out!, (to) => {
      for (let i = 0; i < to.length; i++) to[i] = ~(x!.data as Int32Array)[i]!;
    }),
};

/** By as many bits as the type has, or more, nothing is left. */
const shift: Operator = {
  opType: 'BitShift',
  since: 11,
  inputs: [2, 2],
  types: [['uint8', 'uint16', 'uint32', 'uint64'], 0],
  infer(node) {
    const [a, b] = [node.input(0), node.input(1)];
    node.choice('direction', ['LEFT', 'RIGHT'], '' as 'LEFT');
    return [{ type: a.type, dims: broadcastDims(node, [a.dims, b.dims]) }];
  },
  evaluate(node, [a, b], [out]) {
    const isLeft = node.string('direction') === 'LEFT';
    return filled<unknown>(out!, (to) => {
      if (isBig(out!.type))
        zip<bigint, bigint>(a!, b!, to, out!.dims, (x, y) => (y > 63n ? 0n : isLeft ? x << y : x >> y));
      else zip<number, number>(a!, b!, to, out!.dims, (x, y) => (y > 31 ? 0 : isLeft ? x << y : x >>> y));
    });
  },
};

/** A type whose bytes here are those that the model means. */
function castTarget(node: NodeView) {
  const stored = storedType(node.int('to'), 'attribute to');
  const type = computeType(stored);
  if (type !== stored) throw node.unsupported('attribute to', 'a type that is computed in as it is', stored);
  if (byteSize(type, []) !== byteSize(node.input(0).type, []))
    throw node.error('attribute to', `a type as wide as ${node.input(0).type}`, type);
  return type;
}

const bitCast: Operator = {
  opType: 'BitCast',
  limits: 'No float16 or bfloat16.',
  since: 26,
  inputs: [1, 1],
  types: [[...numbers, ...bools]],
  infer: (node) => [{ type: castTarget(node), dims: node.input(0).dims }],
  evaluate(_node, [x], [out]) {
    const { buffer, byteOffset, byteLength } = x!.data;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const to = allocate(out!.type, x!.size);
    new Uint8Array(to.buffer).set(bytes);
    return [new Tensor(out!.type, to, out!.dims)];
  },
};

/** Which elements a predicate holds for. */
function test(
  row: Pick<Operator, 'opType' | 'since'>,
  of: (node: NodeView) => (x: number) => boolean,
): Operator {
  return {
    ...row,
    inputs: [1, 1],
    types: [floats],
    infer: (node) => [{ type: 'bool', dims: node.input(0).dims }],
    evaluate(node, [x], [out]) {
      const holds = of(node);
      return filled<Uint8Array>(out!, (to) => {
        for (let i = 0; i < to.length; i++) to[i] = holds((x!.data as Float32Array)[i]!) ? 1 : 0;
      });
    },
  };
}

export const bitwiseOperators: Operator[] = [
  bitwise('BitwiseAnd', (a, b) => a & b),
  bitwise('BitwiseOr', (a, b) => a | b),
  bitwise('BitwiseXor', (a, b) => a ^ b),
  not,
  shift,
  bitCast,
  test({ opType: 'IsNaN', since: 9 }, () => Number.isNaN),
  test({ opType: 'IsInf', since: 10 }, (node) => {
    const [negative, positive] = [node.flag('detect_negative', true), node.flag('detect_positive', true)];
    return (x) =>
      (x === Number.POSITIVE_INFINITY && positive) || (x === Number.NEGATIVE_INFINITY && negative);
  }),
];
