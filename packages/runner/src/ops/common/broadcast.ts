import type { NodeView } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { broadcastStrides, forEachRow, gatherStrided } from './strides.ts';

/** Dims of the elements that all operands broadcast to, by NumPy's rules. */
export function broadcastDims(node: NodeView, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((dims) => dims.length));
  const out = new Array<number>(rank).fill(1);
  for (const [operand, dims] of shapes.entries()) {
    for (const [i, dim] of dims.entries()) {
      const axis = rank - dims.length + i;
      if (dim === 1) continue;
      if (out[axis] !== 1 && out[axis] !== dim) {
        throw node.error(`dims[${i}] of input ${operand}`, `1 or ${out[axis]}`, dim, 'ERR_INVALID_SHAPE');
      }
      out[axis] = dim;
    }
  }
  return out;
}

/** `tensor` with its elements repeated to `dims`; itself when it has these dims. */
export function expand<T extends Tensor>(tensor: T, dims: readonly number[]): T {
  if (tensor.dims.length === dims.length && tensor.dims.every((dim, axis) => dim === dims[axis]))
    return tensor;
  const out = allocate(tensor.type, sizeOf(dims));
  gatherStrided(tensor.data as Float32Array, out as Float32Array, dims, broadcastStrides(tensor.dims, dims));
  return new Tensor(tensor.type, out, dims) as T;
}

interface Elements<T> {
  readonly length: number;
  [index: number]: T;
}

/** `to[i] = f(a[..], b[..])` over `dims`, both operands broadcast. */
export function zip<A, B>(
  a: { data: unknown; dims: readonly number[] },
  b: { data: unknown; dims: readonly number[] },
  to: unknown,
  dims: readonly number[],
  f: (x: A, y: A) => B,
): void {
  const [from, by, out] = [a.data as Elements<A>, b.data as Elements<A>, to as Elements<B>];
  if (dims.length === 0) {
    out[0] = f(from[0]!, by[0]!);
    return;
  }
  const strides = [broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims)];
  const width = dims.at(-1)!;
  const [stepA, stepB] = [strides[0]!.at(-1)!, strides[1]!.at(-1)!];
  forEachRow(dims, strides, (row, offsets) => {
    let [i, j] = [offsets[0]!, offsets[1]!];
    for (let k = row * width; k < (row + 1) * width; k++) {
      out[k] = f(from[i]!, by[j]!);
      i += stepA;
      j += stepB;
    }
  });
}
