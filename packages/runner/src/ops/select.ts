import { type NodeView, stridesOf, type ValueType } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled, once } from './common/results.ts';
import { anyType, bools, numbers } from './common/types.ts';

/** Places of the elements that are not zero. */
function places(x: Tensor): number[] {
  const data = x.data as Float32Array;
  const found: number[] = [];
  // Of 64-bit integers, too.
  for (let i = 0; i < data.length; i++) if (Number(data[i]) !== 0) found.push(i);
  return found;
}

const nonZeros = once((node) => places(node.constant(0)));

const nonZero: Operator = {
  opType: 'NonZero',
  since: 9,
  dataDims: true,
  inputs: [1, 1],
  types: [[...numbers, ...bools]],
  infer: (node) => [{ type: 'int64', dims: [node.input(0).dims.length, nonZeros(node).length] }],
  evaluate(node, [x], [out]) {
    const found = nonZeros(node);
    const strides = stridesOf(x!.dims);
    return filled<BigInt64Array>(out!, (to) => {
      for (const [axis, stride] of strides.entries()) {
        for (const [i, at] of found.entries())
          to[axis * found.length + i] = BigInt(Math.floor(at / stride) % x!.dims[axis]!);
      }
    });
  },
};

/** Slices of the tensor as if flattened where no axis is given. */
function alongAxis(node: NodeView, dims: readonly number[]): { axis: number; shape: readonly number[] } {
  if (node.has('axis')) return { axis: node.axis(dims.length), shape: dims };
  return { axis: 0, shape: [sizeOf(dims)] };
}

const compress: Operator = {
  opType: 'Compress',
  since: 9,
  dataDims: true,
  inputs: [2, 2],
  types: [anyType, bools],
  infer(node) {
    const { type, dims } = node.input(0);
    const { axis, shape } = alongAxis(node, dims);
    const condition = node.constant(1);
    if (condition.dims.length !== 1 || condition.size > shape[axis]!) {
      const expected = `a vector of at most ${shape[axis]}`;
      throw node.error('dims of input 1', expected, condition.dims, 'ERR_INVALID_SHAPE');
    }
    const kept = places(condition).length;
    return [{ type, dims: shape.map((dim, i) => (i === axis ? kept : dim)) }];
  },
  evaluate(node, [x, condition], [out]) {
    const { axis, shape } = alongAxis(node, x!.dims);
    const inner = sizeOf(shape.slice(axis + 1));
    const kept = places(condition!);
    const from = x!.data as Float32Array;
    return filled(out!, (to) => {
      for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
        for (const [i, pick] of kept.entries()) {
          const start = (outer * shape[axis]! + pick) * inner;
          to.set(from.subarray(start, start + inner), (outer * kept.length + i) * inner);
        }
      }
    });
  },
};

interface Distinct {
  readonly axis: number;
  readonly shape: readonly number[];
  /** Of each distinct slice: where it is first, and how many equal it. */
  readonly first: readonly number[];
  readonly counts: readonly number[];
  /** The distinct slice that each slice equals. */
  readonly inverse: readonly number[];
}

const distinct = once((node: NodeView): Distinct => {
  const x = node.constant(0);
  const { axis, shape } = alongAxis(node, x.dims);
  const length = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const at = (slice: number, i: number) =>
    x.data[(Math.floor(i / inner) * length + slice) * inner + (i % inner)]!;
  const compare = (a: number, b: number) => {
    for (let i = 0; i < outer * inner; i++) {
      const [p, q] = [at(a, i), at(b, i)];
      if (p < q) return -1;
      if (p > q) return 1;
    }
    return 0;
  };
  const order = Array.from({ length }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
  const groups: number[][] = [];
  for (const slice of order) {
    const last = groups.at(-1);
    if (last && compare(last[0]!, slice) === 0) last.push(slice);
    else groups.push([slice]);
  }
  if (!node.flag('sorted', true)) groups.sort((a, b) => a[0]! - b[0]!);
  const inverse = new Array<number>(length);
  for (const [i, group] of groups.entries()) for (const slice of group) inverse[slice] = i;
  const counts = groups.map((group) => group.length);
  return { axis, shape, first: groups.map(([slice]) => slice!), counts, inverse };
});

const unique: Operator = {
  opType: 'Unique',
  since: 11,
  dataDims: true,
  inputs: [1, 1],
  outputs: [1, 4],
  types: [[...numbers, ...bools]],
  infer(node): ValueType[] {
    const { type } = node.input(0);
    const { axis, shape, first } = distinct(node);
    const vector = (length: number): ValueType => ({ type: 'int64', dims: [length] });
    const dims = shape.map((dim, i) => (i === axis ? first.length : dim));
    return [{ type, dims }, vector(first.length), vector(shape[axis]!), vector(first.length)];
  },
  evaluate(node, [x], [out]) {
    const { axis, shape, first, counts, inverse } = distinct(node);
    const inner = sizeOf(shape.slice(axis + 1));
    const from = x!.data as Float32Array;
    const [slices] = filled(out!, (to) => {
      for (let i = 0; i < to.length; i++) {
        const slice = first[Math.floor(i / inner) % first.length]!;
        to[i] = from[(Math.floor(i / inner / first.length) * shape[axis]! + slice) * inner + (i % inner)]!;
      }
    });
    return [slices, ...[first, inverse, counts].map((values) => new Tensor('int64', values.map(BigInt)))];
  },
};

/** Outputs whose dims depend on the values of inputs. */
export const selectOperators: Operator[] = [nonZero, compress, unique];
