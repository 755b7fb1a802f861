import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import type { ValueType } from '../model/graph.ts';
import type { NodeView } from '../model/node-view.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { isBig, numbers } from './common/types.ts';

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
    const from = runs(x!.dims, axis);
    const to = runs(dims, axis);
    for (const [run, start] of from.starts.entries()) {
      const at = (i: number) => x!.data[start + i * from.inner]!;
      const order = Array.from({ length: from.length }, (_, i) => i).sort((i, j) => {
        const [a, b] = [at(i), at(j)];
        return a === b ? i - j : a > b === largest ? -1 : 1;
      });
      for (let i = 0; i < k; i++) {
        values[to.starts[run]! + i * to.inner] = at(order[i]!) as never;
        indices[to.starts[run]! + i * to.inner] = BigInt(order[i]!);
      }
    }
    return [new Tensor(type, values, dims), new Tensor('int64', indices, dims)];
  },
};

const cumSum: Operator = {
  opType: 'CumSum',
  types: [numbers],
  since: 11,
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
    return filled(out!, (to) => {
      const { starts, inner, length } = runs(dims, axis);
      for (const start of starts) {
        let sum: number | bigint = isBig(type) ? 0n : 0;
        for (let i = 0; i < length; i++) {
          const at = start + (reverse ? length - 1 - i : i) * inner;
          const next: number | bigint = (sum as number) + (x!.data[at] as number);
          to[at] = (exclusive ? sum : next) as never;
          sum = next;
        }
      }
    });
  },
};

export const sortOperators: Operator[] = [topK, cumSum];
