import type { Reduction as NativeReduction, UnaryFunction } from '@zeroskip/kernels';
import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { allocate, sizeOf, type Tensor } from '@zeroskip/tensor';
import type { Place } from '../lowering/place.ts';
import { lowerReduction } from '../lowering/reduction.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { gatherStrided } from './common/strides.ts';
import { bools, isBig, numbers } from './common/types.ts';
import { maximum, mean } from './pool.ts';

interface Reduction {
  readonly axes: readonly number[];
  readonly dims: number[];
  readonly keep: boolean;
}

function reduction(node: NodeView): Reduction {
  const { dims } = node.input(0);
  const given = node.intsOf('axes', 1);
  const keep = node.flag('keepdims', true);
  const all = dims.map((_, axis) => axis);
  const chosen = given && given.length > 0 ? node.normalizeAxes(given, dims.length, 'axes') : all;
  const axes = !given?.length && node.flag('noop_with_empty_axes', false) ? [] : chosen;
  const out = keep
    ? dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : dims.filter((_, axis) => !axes.includes(axis));
  return { axes, dims: out, keep };
}

/** `x` with the reduced axes moved to the end, so that each result comes from one run of values. */
function reducedLast(x: Tensor, axes: readonly number[]): { data: Tensor['data']; length: number } {
  const kept = x.dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const length = sizeOf(axes.map((axis) => x.dims[axis]!));
  if (order.every((axis, i) => axis === i)) return { data: x.data, length };
  const strides = stridesOf(x.dims);
  const data = allocate(x.type, x.size);
  gatherStrided(
    x.data as Float32Array,
    data as Float32Array,
    order.map((axis) => x.dims[axis]!),
    order.map((axis) => strides[axis]!),
  );
  return { data, length };
}

interface ReduceRow {
  readonly opType: string;
  readonly f: (values: Float32Array) => number;
  readonly big?: (values: BigInt64Array) => bigint;
  /** The native step, and the functions of what goes in and of what comes out. */
  readonly native?: NativeReduction;
  readonly before?: UnaryFunction | 'square';
  readonly after?: UnaryFunction;
  /** Of truth values, too. */
  readonly truths?: true;
}

function reduce({ opType, f, big, native, before, after, truths }: ReduceRow): Operator {
  return {
    opType,
    types: [truths ? [...numbers, ...bools] : numbers],
    inputs: [1, 2],
    shapeInputs: [1],
    infer(node) {
      const { type } = node.input(0);
      if (isBig(type) && !big)
        throw node.unsupported('type of input 0', 'a type of at most 32 bits or a float', type);
      return [{ type, dims: reduction(node).dims }];
    },
    evaluate(node, [x], [out]) {
      const { type } = out!;
      const { axes } = reduction(node);
      const { data, length } = reducedLast(x!, axes);
      return filled(out!, (to) => {
        const apply = (isBig(type) ? big : f) as (values: unknown) => number;
        for (let i = 0; i < to.length; i++) {
          to[i] = apply((data as Float32Array).subarray(i * length, (i + 1) * length)) as never;
        }
      });
    },
    ...(!big && { limits: 'No integers of 64 bits.' }),
    ...(native && {
      limits: `${big ? '' : 'No integers of 64 bits. '}Native where runs of kept and reduced axes are four at most.`,
      lower(node, lowering, [out]) {
        const step = (name: UnaryFunction | 'square') => (x: Place, to: Place) =>
          name === 'square' ? lowering.emitBinary('mul', x, x, to) : lowering.emitUnary(name, x, to);
        return lowerReduction(lowering, node, native, reduction(node).axes, out!.dims, {
          ...(before && { before: step(before) }),
          ...(after && { after: step(after) }),
        });
      },
    }),
  };
}

function total(values: Float32Array, f: (value: number) => number = (value) => value): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += f(values[i]!);
  return sum;
}

function minimum(values: Float32Array): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++)
    if (values[i]! < best || Number.isNaN(values[i]!)) best = values[i]!;
  return best;
}

function logSumExp(values: Float32Array): number {
  const top = maximum(values);
  return Number.isFinite(top) ? top + Math.log(total(values, (value) => Math.exp(value - top))) : top;
}

const bigBest = (worst: bigint, better: (a: bigint, b: bigint) => boolean) => (values: BigInt64Array) =>
  values.reduce((best, value) => (better(value, best) ? value : best), worst);

export const reduceOperators: Operator[] = [
  reduce({ opType: 'ReduceMean', f: mean, native: 'mean' }),
  reduce({
    opType: 'ReduceSum',
    f: (values) => total(values),
    big: (values) => values.reduce((sum, value) => sum + value, 0n),
    native: 'sum',
  }),
  reduce({
    opType: 'ReduceMax',
    f: maximum,
    big: bigBest(-(2n ** 63n), (a, b) => a > b),
    native: 'max',
    truths: true,
  }),
  reduce({
    opType: 'ReduceMin',
    f: minimum,
    big: bigBest(2n ** 63n - 1n, (a, b) => a < b),
    native: 'min',
    truths: true,
  }),
  reduce({
    opType: 'ReduceProd',
    f: (values) => values.reduce((product, value) => product * value, 1),
    big: (values) => values.reduce((product, value) => BigInt.asIntN(64, product * value), 1n),
    native: 'product',
  }),
  reduce({ opType: 'ReduceL1', f: (values) => total(values, Math.abs), native: 'sum', before: 'abs' }),
  reduce({
    opType: 'ReduceL2',
    f: (values) => Math.sqrt(total(values, (value) => value * value)),
    native: 'sum',
    before: 'square',
    after: 'sqrt',
  }),
  reduce({
    opType: 'ReduceSumSquare',
    f: (values) => total(values, (value) => value * value),
    native: 'sum',
    before: 'square',
  }),
  reduce({ opType: 'ReduceLogSum', f: (values) => Math.log(total(values)), native: 'sum', after: 'log' }),
  reduce({ opType: 'ReduceLogSumExp', f: logSumExp }),
];

/** Indices that floats hold. */
const MAX_LENGTH = 2 ** 24;

function argOperator(
  opType: 'ArgMax' | 'ArgMin',
  better: (a: number | bigint, b: number | bigint) => boolean,
): Operator {
  return {
    opType,
    limits: 'Native along axes of 2^24 elements at most.',
    types: [numbers],
    inputs: [1, 1],
    infer(node) {
      const { dims } = node.input(0);
      const axis = node.axis(dims.length, 0);
      if (dims[axis] === 0)
        throw node.error(`dims[${axis}] of input 0`, 'at least 1', 0, 'ERR_INVALID_SHAPE');
      const keep = node.flag('keepdims', true);
      return [{ type: 'int64', dims: dims.flatMap((dim, i) => (i !== axis ? dim : keep ? 1 : [])) }];
    },
    evaluate(node, [x], [out]) {
      const axis = node.axis(x!.dims.length, 0);
      const last = node.flag('select_last_index', false);
      const { data, length } = reducedLast(x!, [axis]);
      return filled<BigInt64Array>(out!, (to) => {
        for (let i = 0; i < to.length; i++) {
          let best = 0;
          for (let k = 1; k < length; k++) {
            const [value, top] = [data[i * length + k]!, data[i * length + best]!];
            if (better(value, top) || (last && value === top)) best = k;
          }
          to[i] = BigInt(best);
        }
      });
    },
    lower(node, lowering, [out]) {
      const { dims } = node.input(0);
      const axis = node.axis(dims.length, 0);
      const ofLast = `last${opType}` as const;
      const ofFirst = opType === 'ArgMax' ? 'argMax' : 'argMin';
      const kind = node.flag('select_last_index', false) ? ofLast : ofFirst;
      return dims[axis]! <= MAX_LENGTH && lowerReduction(lowering, node, kind, [axis], out!.dims);
    },
  };
}

export const argOperators: Operator[] = [
  argOperator('ArgMax', (a, b) => a > b),
  argOperator('ArgMin', (a, b) => a < b),
];
