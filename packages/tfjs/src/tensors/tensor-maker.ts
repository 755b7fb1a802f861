import type * as tf from '@tensorflow/tfjs-core';
import { type Tensor, unexpected } from '@zeroskip/tensor';
import type { AnyTensor, TensorMaker } from './types.ts';

/** The types of values that tensors of TensorFlow.js have, too. */
const DTYPES = ['float32', 'int32', 'bool'] as const;

/** What a model gives in place of the runner's tensors. */
export type Deliver = (tensor: Tensor) => AnyTensor;

interface Engine {
  makeTensor(values: tf.TypedArray, shape: number[], dtype: string): tf.Tensor;
}

/**
 * The engine that all copies of tfjs-core in a process share, at the place where they look for it themselves. So the
 * tensors are those of the program's own copy, wherever that was installed or bundled.
 */
function sharedEngine(): Engine | undefined {
  return (globalThis as { _tfengine?: Engine })._tfengine;
}

/** How to make tensors of TensorFlow.js; undefined where the process has none. */
export function tfDelivery(given: TensorMaker | undefined): Deliver | undefined {
  const engine = sharedEngine();
  if (given === undefined && engine === undefined) return undefined;
  return ({ type, data, dims }) => {
    const dtype = DTYPES.find((each) => each === type);
    if (dtype === undefined) {
      throw unexpected('ERR_UNSUPPORTED_TYPE', 'the type of an output', DTYPES.join(', '), type);
    }
    const [values, shape] = [data as tf.TypedArray, [...dims]];
    return given ? given.tensor(values, shape, dtype) : engine!.makeTensor(values, shape, dtype);
  };
}
