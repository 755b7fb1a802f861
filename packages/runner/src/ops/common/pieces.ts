import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { kindOf, type Value } from '../../values/value.ts';
import { filled, gathered } from './results.ts';
import { scatterStrided } from './strides.ts';

/** The value of input `index`, which must be a tensor. */
export function tensorOf(node: NodeView, index: number, value: Value | undefined): Tensor {
  if (value instanceof Tensor) return value;
  throw node.error(`input ${index}`, 'a tensor', kindOf(value), 'ERR_INVALID_TYPE');
}

/** `length` slices of a tensor from `start` on along `axis`. */
export function piece(x: Tensor, axis: number, start: number, length: number): Tensor {
  const dims = x.dims.map((dim, i) => (i === axis ? length : dim));
  const strides = stridesOf(x.dims);
  return gathered(x, { type: x.type, dims }, strides, { start: start * strides[axis]! })[0];
}

/** Slice `index` along `axis`, without that axis. */
export function sliceAt(x: Tensor, axis: number, index: number): Tensor {
  return piece(x, axis, index, 1).reshape(x.dims.filter((_, i) => i !== axis));
}

/** Tensors of one type, of which only the dims along `axis` differ, one after the other along it. */
export function joined(items: readonly Tensor[], axis: number): Tensor {
  const { type, dims: first } = items[0]!;
  const total = items.reduce((sum, { dims }) => sum + dims[axis]!, 0);
  const dims = first.map((dim, i) => (i === axis ? total : dim));
  const strides = stridesOf(dims);
  const [result] = filled({ type, dims }, (to) => {
    let start = 0;
    for (const item of items) {
      scatterStrided(item.data as Float32Array, to, item.dims, strides, start * strides[axis]!);
      start += item.dims[axis]!;
    }
  });
  return result;
}

/** Tensors of one type and equal dims along a new axis. */
export function stacked(items: readonly Tensor[], axis: number): Tensor {
  return joined(
    items.map((item) => item.reshape([...item.dims.slice(0, axis), 1, ...item.dims.slice(axis)])),
    axis,
  );
}
