import type { NodeView, ValueType } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { gatherStrided } from './strides.ts';

/** One result of the given type and dims, its elements written by `fill`. */
export function filled<A = Float32Array>({ type, dims }: ValueType, fill: (to: A) => void): [Tensor] {
  const to = allocate(type, sizeOf(dims));
  fill(to as A);
  return [new Tensor(type, to as never, dims)];
}

/** One result with the elements of `x`, walked with `strides` over `dims`. */
export function gathered(
  x: Tensor,
  out: ValueType,
  strides: readonly number[],
  { start = 0, dims = out.dims }: { start?: number; dims?: readonly number[] } = {},
): [Tensor] {
  return filled(out, (to) => gatherStrided(x.data as Float32Array, to, dims, strides, start));
}

/** `compute`, whose result is kept as long as the node: for what decides the dims of outputs and is in them, too. */
export function once<T>(compute: (node: NodeView) => T): (node: NodeView) => T {
  const results = new WeakMap<NodeView, { readonly result: T }>();
  return (node) => {
    const known = results.get(node) ?? { result: compute(node) };
    results.set(node, known);
    return known.result;
  };
}
