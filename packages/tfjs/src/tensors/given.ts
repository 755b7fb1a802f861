import type * as tf from '@tensorflow/tfjs-core';
import { describe, type ElementType, released, Tensor, typeError } from '@zeroskip/tensor';
import { stringRows } from './strings.ts';
import type { AnyTensor } from './types.ts';

const DTYPES = ['float32', 'int32', 'bool', 'string'];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is a tensor of TensorFlow.js, of whichever copy. */
export function isTfTensor(value: unknown): value is tf.Tensor {
  if (!isObject(value)) return false;
  const { dataSync, shape } = value as tf.Tensor;
  return typeof dataSync === 'function' && Array.isArray(shape);
}

/** Whether a value is a tensor of this engine, of whichever copy. */
function isOwnTensor(value: unknown): value is Tensor {
  return isObject(value) && 'dims' in value && 'data' in value && 'type' in value;
}

export function isTensor(value: unknown): value is AnyTensor {
  return isTfTensor(value) || isOwnTensor(value);
}

function assertInUse(value: tf.Tensor): void {
  if (value.isDisposed) throw released('tensor');
}

/** @throws `TypeError` for what is no tensor, or is one of complex numbers */
function assertTensor(name: string, value: unknown): asserts value is AnyTensor {
  const what = `input ${describe(name)}`;
  if (!isTensor(value)) throw typeError(what, 'a tensor', value);
  if (!isTfTensor(value)) return;
  assertInUse(value);
  if (!DTYPES.includes(value.dtype)) {
    throw typeError(`the dtype of ${what}`, DTYPES.join(', '), value.dtype, 'ERR_UNSUPPORTED_TYPE');
  }
}

/** A tensor as the runner takes it, over the same values. */
function asFeed({ dtype, shape }: tf.Tensor, values: unknown): Tensor {
  if (dtype === 'string') return stringRows(values as string[], shape);
  return new Tensor(dtype as ElementType, values as never, shape);
}

/** A tensor as the runner takes it; one in a graphics card is waited for. */
export function feedNow(name: string, value: unknown): Tensor {
  assertTensor(name, value);
  return isTfTensor(value) ? asFeed(value, value.dataSync()) : value;
}

/** As `feedNow`, while the event loop goes on. */
export async function feedLater(name: string, value: unknown): Promise<Tensor> {
  assertTensor(name, value);
  return isTfTensor(value) ? asFeed(value, await value.data()) : value;
}
