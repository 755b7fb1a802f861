import { sizeOf, Tensor } from '@zeroskip/tensor';

/** Rows `from` to `to` of a tensor, along its first axis, over the same values. */
export function rows({ type, data, dims }: Tensor, from: number, to: number): Tensor {
  const [, ...rest] = dims;
  const row = sizeOf(rest);
  const part = (data as Float32Array).subarray(from * row, to * row);
  return new Tensor(type, part as never, [to - from, ...rest]);
}

/** Tensors of one type, one behind the other along the first axis. */
export function joinRows(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const { type, data, dims } = first!;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const joined = new (data.constructor as Float32ArrayConstructor)(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part.data as Float32Array, at);
    at += part.size;
  }
  const count = parts.reduce((sum, part) => sum + part.dims[0]!, 0);
  return new Tensor(type, joined as never, [count, ...dims.slice(1)]);
}
