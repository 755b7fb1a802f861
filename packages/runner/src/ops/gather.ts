import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { sizeOf, type Tensor } from '@zeroskip/tensor';
import { lowerSelect } from '../lowering/select.ts';
import { progression } from '../lowering/tables.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { filled } from './common/results.ts';
import { forEachRow } from './common/strides.ts';
import { anyType, indexTypes } from './common/types.ts';

/** An index of an axis of `dim` elements, given as one from the end where it is negative. */
export function wrapped(node: NodeView, index: number, dim: number): number {
  if (index < -dim || index >= dim) throw node.error('indices', `an index from ${-dim} to ${dim - 1}`, index);
  return index < 0 ? index + dim : index;
}

const gather: Operator = {
  opType: 'Gather',
  limits: 'Native with constant indices.',
  inputs: [2, 2],
  types: [anyType, indexTypes],
  density: sameDensity,
  infer(node) {
    const { type, dims } = node.input(0);
    const indices = node.input(1);
    const axis = node.axis(dims.length, 0);
    return [{ type, dims: [...dims.slice(0, axis), ...indices.dims, ...dims.slice(axis + 1)] }];
  },
  evaluate(node, [x, indices], [out]) {
    const axis = node.axis(x!.dims.length, 0);
    const dim = x!.dims[axis]!;
    const picks = Array.from(indices!.data as Int32Array, (index) => wrapped(node, Number(index), dim));
    const inner = sizeOf(x!.dims.slice(axis + 1));
    const outer = sizeOf(x!.dims.slice(0, axis));
    return filled(out!, (to) => {
      let at = 0;
      for (let o = 0; o < outer; o++) {
        for (const pick of picks) {
          const from = (o * dim + pick) * inner;
          to.set((x!.data as Float32Array).subarray(from, from + inner), at);
          at += inner;
        }
      }
    });
  },
  lower(node, lowering, [out]) {
    const { dims } = node.input(0);
    const indices = node.input(1).constant;
    if (!indices) return false;
    const axis = node.axis(dims.length, 0);
    const picks = Int32Array.from(indices.load().data as Int32Array, (index) =>
      wrapped(node, Number(index), dims[axis]!),
    );
    const tables = () => dims.map((dim, i) => (i === axis ? picks : progression(dim)));
    return lowerSelect(lowering, node, 0, tables, out!.dims);
  },
};

const gatherElements: Operator = {
  opType: 'GatherElements',
  since: 11,
  inputs: [2, 2],
  types: [anyType, indexTypes],
  infer(node) {
    const { type, dims } = node.input(0);
    const indices = node.input(1);
    node.axis(dims.length, 0);
    if (indices.dims.length !== dims.length) {
      throw node.error('rank of input 1', String(dims.length), indices.dims.length, 'ERR_INVALID_SHAPE');
    }
    const axis = node.axis(dims.length, 0);
    for (const [i, dim] of indices.dims.entries()) {
      if (i !== axis && dim > dims[i]!) {
        throw node.error(`dims[${i}] of input 1`, `at most ${dims[i]}`, dim, 'ERR_INVALID_SHAPE');
      }
    }
    return [{ type, dims: indices.dims }];
  },
  evaluate(node, [x, indices], [out]) {
    const { dims } = out!;
    const axis = node.axis(dims.length, 0);
    const strides = stridesOf(x!.dims);
    const along = strides[axis]!;
    return filled(out!, (to) => {
      const from = x!.data as Float32Array;
      const walk = strides.map((stride, i) => (i === axis ? 0 : stride));
      const width = dims.at(-1)!;
      forEachRow(dims, [walk], (row, offsets) => {
        for (let i = 0; i < width; i++) {
          const index = wrapped(node, Number(indices!.data[row * width + i]), x!.dims[axis]!);
          to[row * width + i] = from[offsets[0]! + i * walk.at(-1)! + index * along]!;
        }
      });
    });
  },
};

/** An operand whose last axis holds tuples of indices. */
interface Tuples {
  readonly batch: number;
  /** Axes that a tuple has indices for. */
  readonly depth: number;
}

function tuplesOf(node: NodeView): Tuples {
  const [dims, indices] = [node.input(0).dims, node.input(1).dims];
  const batch = node.int('batch_dims', 0);
  const shared = Math.min(dims.length, indices.length) - 1;
  if (batch < 0 || batch > Math.max(0, shared) || dims.slice(0, batch).some((dim, i) => dim !== indices[i])) {
    throw node.error('attribute batch_dims', 'leading axes that both inputs share', batch);
  }
  const depth = indices.at(-1);
  if (depth === undefined || depth > dims.length - batch) {
    const expected = `a last dimension of at most ${dims.length - batch}`;
    throw node.error('dims of input 1', expected, indices, 'ERR_INVALID_SHAPE');
  }
  return { batch, depth };
}

/** Offset of the first element that each tuple stands for, and how many follow it. */
export function slices(node: NodeView, x: Tensor, indices: Tensor): { starts: Float64Array; length: number } {
  const { batch, depth } = tuplesOf(node);
  const strides = stridesOf(x.dims);
  const starts = new Float64Array(sizeOf(indices.dims.slice(0, -1)));
  const perImage = sizeOf(indices.dims.slice(batch, -1));
  for (let i = 0; i < starts.length; i++) {
    let start = batch > 0 ? Math.floor(i / perImage) * strides[batch - 1]! : 0;
    for (let k = 0; k < depth; k++) {
      const index = wrapped(node, Number(indices.data[i * depth + k]), x.dims[batch + k]!);
      start += index * strides[batch + k]!;
    }
    starts[i] = start;
  }
  return { starts, length: sizeOf(x.dims.slice(batch + depth)) };
}

const gatherNd: Operator = {
  opType: 'GatherND',
  since: 11,
  inputs: [2, 2],
  types: [anyType, indexTypes],
  infer(node) {
    const { type, dims } = node.input(0);
    const { batch, depth } = tuplesOf(node);
    return [{ type, dims: [...node.input(1).dims.slice(0, -1), ...dims.slice(batch + depth)] }];
  },
  evaluate(node, [x, indices], [out]) {
    const { starts, length } = slices(node, x!, indices!);
    const from = x!.data as Float32Array;
    return filled(out!, (to) => {
      for (const [i, start] of starts.entries()) to.set(from.subarray(start, start + length), i * length);
    });
  },
};

export const gatherOperators: Operator[] = [gather, gatherElements, gatherNd];
