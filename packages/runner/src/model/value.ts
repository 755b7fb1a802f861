import { committed, widenFloat16 } from '@zeroskip/kernels';
import { type ElementType, narrowFloats, Tensor, widenFloats } from '@zeroskip/tensor';
import { byteSize, computeType } from './element-types.ts';

/** What a name stands for in a run: a tensor, a sequence of tensors of one type, or an optional without a value. */
export type Value = Tensor | readonly Tensor[] | null;

export type Values = ReadonlyMap<string, Value>;

export function isSequence(value: Value | undefined): value is readonly Tensor[] {
  return Array.isArray(value);
}

/** For messages. */
export function kindOf(value: Value | undefined): string {
  if (value === undefined) return 'none';
  if (value === null) return 'an optional without a value';
  return isSequence(value) ? 'a sequence' : 'a tensor';
}

/** The value with each of its tensors changed. */
export function mapTensors(value: Value, change: (tensor: Tensor) => Tensor): Value {
  if (value instanceof Tensor) return change(value);
  return value === null ? null : value.map(change);
}

/** In memory of its own. */
export function copied({ type, data, dims }: Tensor): Tensor {
  return new Tensor(type as ElementType, data.slice() as never, dims);
}

export function bytesOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { type, dims }) => sum + byteSize(type, dims), 0);
}

/** A tensor in the type that it is computed in: half precision becomes float32, exactly. */
export function widened(tensor: Tensor): Tensor {
  const { type, data, dims } = tensor;
  if (type !== 'float16' && type !== 'bfloat16') return tensor;
  const bits = data as Uint16Array;
  const values =
    type === 'float16'
      ? widenFloat16(bits, committed(new Float32Array(bits.length)))
      : widenFloats(type, bits);
  return new Tensor('float32', values, dims);
}

/** A tensor in half precision, where it is declared in it. */
export function narrowed(tensor: Tensor, declared: Tensor['type']): Tensor {
  if (declared === tensor.type || computeType(declared) !== tensor.type) return tensor;
  const bits = narrowFloats(declared as 'float16' | 'bfloat16', tensor.data as Float32Array);
  return new Tensor(declared, bits as Uint16Array, tensor.dims);
}
