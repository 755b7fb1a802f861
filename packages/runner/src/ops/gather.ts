import { sizeOf, type Tensor } from '@zeroskip/tensor';
import { lowerSelect } from '../lowering/select.ts';
import { stridesOf } from '../model/dims.ts';
import type { NodeView } from '../model/node-view.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { filled } from './common/results.ts';
import { forEachRow } from './common/strides.ts';
import { anyType, indexTypes } from './common/types.ts';

/** An index of an axis of `dim` elements, given as one from the end where it is negative. */
function wrapped(node: NodeView, index: number, dim: number): number {
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
    const tables = dims.map((dim, i) =>
      i === axis ? picks : Int32Array.from({ length: dim }, (_, at) => at),
    );
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

/** Offset of the first element that each index tuple of GatherND and ScatterND stands for, and how many follow it. */
function slices(node: NodeView, x: Tensor, indices: Tensor): { starts: number[]; length: number } {
  const depth = indices.dims.at(-1)!;
  const strides = stridesOf(x.dims);
  const starts = Array.from({ length: sizeOf(indices.dims.slice(0, -1)) }, (_, i) => {
    let start = 0;
    for (let k = 0; k < depth; k++)
      start += wrapped(node, Number(indices.data[i * depth + k]), x.dims[k]!) * strides[k]!;
    return start;
  });
  return { starts, length: sizeOf(x.dims.slice(depth)) };
}

const gatherNd: Operator = {
  opType: 'GatherND',
  limits: 'No batch_dims.',
  since: 11,
  inputs: [2, 2],
  types: [anyType, indexTypes],
  infer(node) {
    const { type, dims } = node.input(0);
    const indices = node.input(1);
    if (node.int('batch_dims', 0) !== 0)
      throw node.unsupported('attribute batch_dims', '0', node.int('batch_dims'));
    const depth = indices.dims.at(-1);
    if (depth === undefined || depth > dims.length) {
      throw node.error(
        'dims of input 1',
        `a last dimension of at most ${dims.length}`,
        indices.dims,
        'ERR_INVALID_SHAPE',
      );
    }
    return [{ type, dims: [...indices.dims.slice(0, -1), ...dims.slice(depth)] }];
  },
  evaluate(node, [x, indices], [out]) {
    const { starts, length } = slices(node, x!, indices!);
    const from = x!.data as Float32Array;
    return filled(out!, (to) => {
      for (const [i, start] of starts.entries()) to.set(from.subarray(start, start + length), i * length);
    });
  },
};

const scatterNd: Operator = {
  opType: 'ScatterND',
  limits: 'No reduction.',
  since: 11,
  inputs: [3, 3],
  types: [anyType, indexTypes, 0],
  infer(node) {
    const { type, dims } = node.input(0);
    const indices = node.input(1);
    const depth = indices.dims.at(-1) ?? 0;
    const expected = [...indices.dims.slice(0, -1), ...dims.slice(depth)];
    const updates = node.input(2).dims;
    if (
      depth > dims.length ||
      expected.length !== updates.length ||
      expected.some((dim, i) => dim !== updates[i])
    ) {
      throw node.error('dims of input 2', `[${expected.join(', ')}]`, updates, 'ERR_INVALID_SHAPE');
    }
    node.choice('reduction', ['none'], 'none');
    return [{ type, dims }];
  },
  evaluate(node, [x, indices, updates], [out]) {
    const { starts, length } = slices(node, x!, indices!);
    const from = updates!.data as Float32Array;
    return filled(out!, (to) => {
      to.set(x!.data as Float32Array);
      for (const [i, start] of starts.entries()) to.set(from.subarray(i * length, (i + 1) * length), start);
    });
  },
};

export const gatherOperators: Operator[] = [gather, gatherElements, gatherNd, scatterNd];
