import { byteSize } from '@zeroskip/onnx';
import { type ElementType, Tensor } from '@zeroskip/tensor';

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
