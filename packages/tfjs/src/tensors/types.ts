import type * as tf from '@tensorflow/tfjs-core';
import { Tensor } from '@zeroskip/tensor';

export { Tensor };

/** One value, several in the order of the model's inputs, or values by name. */
export type Inputs<T> = T | T[] | { [name: string]: T };

export type AnyTensor = tf.Tensor | Tensor;

/** What makes tensors of TensorFlow.js: the module tfjs-core or tfjs, or the global `tf`. */
export interface TensorMaker {
  tensor(
    values: tf.TypedArray | string[],
    shape: number[],
    dtype: 'float32' | 'int32' | 'bool' | 'string',
  ): tf.Tensor;
}
