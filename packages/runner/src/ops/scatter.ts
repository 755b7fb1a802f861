import { type NodeView, sameDims, stridesOf } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { composite } from './common/composite.ts';
import type { Composite, Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { forEachRow } from './common/strides.ts';
import { anyType, indexTypes, isBig, numbers } from './common/types.ts';
import { slices, wrapped } from './gather.ts';
import { larger, smaller } from './variadic.ts';

type Combine = (old: number, update: number) => number;

const replace: Combine = (_old, update) => update;

const reductions = ['none', 'add', 'mul', 'max', 'min'] as const;

/** How an update joins the element that it goes to; 64-bit elements join by the same operators. */
function combination(node: NodeView): Combine {
  const name = node.choice('reduction', reductions, 'none');
  const { type } = node.input(0);
  if (name !== 'none' && !numbers.includes(type))
    throw node.error('type of input 0', `one of ${numbers.join(', ')}`, type, 'ERR_INVALID_TYPE');
  switch (name) {
    case 'none':
      return replace;
    case 'add':
      return (old, update) => old + update;
    case 'mul':
      return (old, update) => old * update;
    case 'max':
      return isBig(type) ? (larger as never) : Math.max;
    case 'min':
      return isBig(type) ? (smaller as never) : Math.min;
  }
}

const scatterNd: Operator = {
  opType: 'ScatterND',
  since: 11,
  inputs: [3, 3],
  types: [anyType, indexTypes, 0],
  infer(node) {
    const { type, dims } = node.input(0);
    const indices = node.input(1).dims;
    const depth = indices.at(-1) ?? 0;
    const expected = [...indices.slice(0, -1), ...dims.slice(depth)];
    const updates = node.input(2).dims;
    if (indices.length === 0 || depth > dims.length || !sameDims(expected, updates))
      throw node.error('dims of input 2', `[${expected.join(', ')}]`, updates, 'ERR_INVALID_SHAPE');
    combination(node);
    return [{ type, dims }];
  },
  evaluate(node, [x, indices, updates], [out]) {
    const { starts, length } = slices(node, x!, indices!);
    const from = updates!.data as Float32Array;
    const combine = combination(node);
    return filled(out!, (to) => {
      to.set(x!.data as Float32Array);
      for (const [i, start] of starts.entries()) {
        if (combine === replace && length > 1) to.set(from.subarray(i * length, (i + 1) * length), start);
        else for (let k = 0; k < length; k++) to[start + k] = combine(to[start + k]!, from[i * length + k]!);
      }
    });
  },
};

const scatterElements: Operator = {
  opType: 'ScatterElements',
  since: 11,
  inputs: [3, 3],
  types: [anyType, indexTypes, 0],
  infer(node) {
    const { type, dims } = node.input(0);
    const [indices, updates] = [node.input(1).dims, node.input(2).dims];
    const axis = node.axis(dims.length, 0);
    if (indices.length !== dims.length || indices.some((dim, i) => i !== axis && dim > dims[i]!)) {
      const expected = `at most [${dims.join(', ')}] beside axis ${axis}`;
      throw node.error('dims of input 1', expected, indices, 'ERR_INVALID_SHAPE');
    }
    if (!sameDims(indices, updates))
      throw node.error('dims of input 2', `[${indices.join(', ')}]`, updates, 'ERR_INVALID_SHAPE');
    combination(node);
    return [{ type, dims }];
  },
  evaluate(node, [x, indices, updates], [out]) {
    const { dims } = indices!;
    const axis = node.axis(dims.length, 0);
    const strides = stridesOf(x!.dims);
    const walk = strides.map((stride, i) => (i === axis ? 0 : stride));
    const [from, width] = [updates!.data as Float32Array, dims.at(-1)!];
    const combine = combination(node);
    return filled(out!, (to) => {
      to.set(x!.data as Float32Array);
      forEachRow(dims, [walk], (row, offsets) => {
        for (let i = 0; i < width; i++) {
          const index = wrapped(node, Number(indices!.data[row * width + i]), x!.dims[axis]!);
          const at = offsets[0]! + i * walk.at(-1)! + index * strides[axis]!;
          to[at] = combine(to[at]!, from[row * width + i]!);
        }
      });
    });
  },
};

/** ScatterElements under its first name. */
const scatter = composite(
  { opType: 'Scatter', since: 9, until: 10, inputs: [3, 3], types: [anyType, indexTypes, 0] },
  (node, parts, output) => {
    const { inputs, attributes } = node.node;
    parts.add('ScatterElements', inputs, { attributes, output });
  },
);

/** Writes to a cache along `axis`, from an index that each image of the batch has. */
const tensorScatter: Operator = {
  opType: 'TensorScatter',
  since: 24,
  inputs: [2, 3],
  types: [anyType, 0, indexTypes],
  infer(node) {
    const { type, dims } = node.input(0);
    const updates = node.input(1).dims;
    const axis = node.axis(dims.length, -2);
    node.choice('mode', ['linear', 'circular'], 'linear');
    if (axis === 0) throw node.error('attribute axis', 'an axis after the first', node.int('axis', -2));
    if (
      updates.length !== dims.length ||
      updates.some((dim, i) => (i === axis ? dim > dims[i]! : dim !== dims[i]))
    ) {
      const expected = `[${dims.join(', ')}], or less along axis ${axis}`;
      throw node.error('dims of input 1', expected, updates, 'ERR_INVALID_SHAPE');
    }
    const indices = node.inputs[2]?.dims;
    if (indices && !sameDims(indices, [dims[0]!]))
      throw node.error('dims of input 2', `[${dims[0]}]`, indices, 'ERR_INVALID_SHAPE');
    return [{ type, dims }];
  },
  evaluate(node, [cache, updates, indices], [out]) {
    const { dims } = out!;
    const axis = node.axis(dims.length, -2);
    const isCircular = node.choice('mode', ['linear', 'circular'], 'linear') === 'circular';
    const [length, count] = [dims[axis]!, updates!.dims[axis]!];
    const inner = sizeOf(dims.slice(axis + 1));
    const perImage = sizeOf(dims.slice(1, axis));
    const from = updates!.data as Float32Array;
    return filled(out!, (to) => {
      to.set(cache!.data as Float32Array);
      for (let run = 0; run < dims[0]! * perImage; run++) {
        const first = Number(indices?.data[Math.floor(run / perImage)] ?? 0);
        const last = isCircular ? length - 1 : length - count;
        if (first < 0 || first > last) throw node.error('write_indices', `integers from 0 to ${last}`, first);
        for (let i = 0; i < count; i++) {
          const start = (run * count + i) * inner;
          to.set(from.subarray(start, start + inner), (run * length + ((first + i) % length)) * inner);
        }
      }
    });
  },
};

export const scatterOperators: (Operator | Composite)[] = [
  scatterNd,
  scatterElements,
  scatter,
  tensorScatter,
];
