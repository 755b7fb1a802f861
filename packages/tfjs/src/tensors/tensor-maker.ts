import type * as tf from '@tensorflow/tfjs-core';
import { type Tensor, unexpected } from '@zeroskip/tensor';
import { stringsOf } from './strings.ts';
import type { AnyTensor, TensorMaker } from './types.ts';

/** The types of values that tensors of TensorFlow.js have, too. */
const DTYPES = ['float32', 'int32', 'bool'] as const;

/** What a model gives in place of the runner's tensors. */
export type Deliver = (tensor: Tensor) => AnyTensor;

interface Engine {
  makeTensor(...values: Parameters<TensorMaker['tensor']>): tf.Tensor;
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
  const make: TensorMaker['tensor'] = (...values) =>
    given ? given.tensor(...values) : engine!.makeTensor(...values);
  return (tensor) => {
    const { type, data, dims } = tensor;
    if (type === 'uint8') {
      const { values, shape } = stringsOf(tensor);
      return make(values, shape, 'string');
    }
    const dtype = DTYPES.find((each) => each === type);
    if (dtype === undefined) {
      const expected = `${DTYPES.join(', ')} or strings`;
      throw unexpected('ERR_UNSUPPORTED_TYPE', 'the type of an output', expected, type);
    }
    return make(data as tf.TypedArray, [...dims], dtype);
  };
}
