import type { NodeView, ValueType } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { Heap } from './common/heap.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { indexTypes, isBig, isFloat, numbers } from './common/types.ts';

function topCount(node: NodeView, dim: number): number {
  const k = node.opset < 10 ? node.int('k') : node.operand(1)?.[0];
  if (k === undefined || !Number.isInteger(k) || k < 0 || k > dim)
    throw node.error('k', `an integer from 0 to ${dim}`, k);
  return k;
}

/** Offsets of the first element of each run along `axis`, and the distance between a run's elements. */
export function runs(
  dims: readonly number[],
  axis: number,
): { starts: number[]; inner: number; length: number } {
  const inner = sizeOf(dims.slice(axis + 1));
  const length = dims[axis]!;
  const outer = sizeOf(dims.slice(0, axis));
  const starts: number[] = [];
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) starts.push(o * length * inner + i);
  return { starts, inner, length };
}

interface Order {
  /** Of two places that differ. */
  isBefore(i: number, j: number): boolean;
  /** The first place from `i` on that may be before `last`. */
  next(i: number, last: number): number;
}

/** The first `k` of `length` places by an order, in that order: a heap of them, whose last is on top. */
function firstPlaces(length: number, k: number, { isBefore, next }: Order): Int32Array {
  const places = Int32Array.from({ length: k }, (_, i) => i);
  const heap = new Heap(places, (i, j) => isBefore(j, i));
  if (k > 0) for (let i = next(k, heap.top!); i < length; i = next(i + 1, heap.top!)) heap.replaceTop(i);
  return places.sort((i, j) => (isBefore(i, j) ? -1 : 1));
}

const topK: Operator = {
  opType: 'TopK',
  types: [numbers],
  inputs: [1, 2],
  outputs: [2, 2],
  shapeInputs: [1],
  infer(node): ValueType[] {
    const { type, dims } = node.input(0);
    const axis = node.axis(dims.length, -1);
    const out = dims.map((dim, i) => (i === axis ? topCount(node, dim) : dim));
    return [
      { type, dims: out },
      { type: 'int64', dims: out },
    ];
  },
  evaluate(node, [x], [out]) {
    const { type, dims } = out!;
    const axis = node.axis(dims.length, -1);
    const k = dims[axis]!;
    const largest = node.flag('largest', true);
    const values = allocate(type, sizeOf(dims));
    const indices = new BigInt64Array(values.length);
    const data = x!.data as Float32Array;
    const from = runs(x!.dims, axis);
    const { inner } = from;
    const to = runs(dims, axis);
    for (const [run, start] of from.starts.entries()) {
      const end = start + from.length * inner;
      const at = (i: number) => data[start + i * inner]!;
      const order = firstPlaces(from.length, k, {
        isBefore(i, j) {
          const [a, b] = [at(i), at(j)];
          return a === b ? i < j : a > b === largest;
        },
        // Most elements are compared here alone.
        next(i, last) {
          const bound = at(last);
          let place = start + i * inner;
          if (largest) while (place < end && !(data[place]! > bound)) place += inner;
          else while (place < end && data[place]! >= bound) place += inner;
          return (place - start) / inner;
        },
      });
      for (let i = 0; i < k; i++) {
        values[to.starts[run]! + i * to.inner] = at(order[i]!) as never;
        indices[to.starts[run]! + i * to.inner] = BigInt(order[i]!);
      }
    }
    return [new Tensor(type, values, dims), new Tensor('int64', indices, dims)];
  },
};

interface CumulativeRow extends Pick<Operator, 'opType' | 'since'> {
  readonly first: number;
  readonly f: (a: number, b: number) => number;
  /** Of integers, whose products in 32 bits wrap around. */
  readonly integer?: (a: number, b: number) => number;
}

/** Each element joined with those before it; 64-bit ones by the same operators. */
function cumulative({ first, f, integer = f, ...row }: CumulativeRow): Operator {
  return {
    ...row,
    types: [numbers, indexTypes],
    inputs: [2, 2],
    shapeInputs: [1],
    infer(node) {
      const { type, dims } = node.input(0);
      node.normalizeAxis(node.requiredOperand(1, 1)[0]!, dims.length, 'axis');
      return [{ type, dims }];
    },
    evaluate(node, [x], [out]) {
      const { type, dims } = out!;
      const axis = node.normalizeAxis(node.requiredOperand(1, 1)[0]!, dims.length, 'axis');
      const [exclusive, reverse] = [node.flag('exclusive', false), node.flag('reverse', false)];
      const join = isFloat(type) || isBig(type) ? f : integer;
      return filled(out!, (to) => {
        const { starts, inner, length } = runs(dims, axis);
        for (const start of starts) {
          let joined = (isBig(type) ? BigInt(first) : first) as number;
          for (let i = 0; i < length; i++) {
            const at = start + (reverse ? length - 1 - i : i) * inner;
            const next = join(joined, x!.data[at] as number);
            to[at] = exclusive ? joined : next;
            joined = next;
          }
        }
      });
    },
  };
}

export const sortOperators: Operator[] = [
  topK,
  cumulative({ opType: 'CumSum', since: 11, first: 0, f: (a, b) => a + b }),
  cumulative({ opType: 'CumProd', since: 26, first: 1, f: (a, b) => a * b, integer: Math.imul }),
];
