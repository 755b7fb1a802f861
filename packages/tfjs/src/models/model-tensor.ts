import { ZeroskipError } from '@zeroskip/tensor';

/** An input or an output of a model: its name, dims and type. */
export interface TensorInfo {
  name: string;
  /** -1 where it is open; undefined where not even the number of dims is known. */
  shape?: number[];
  dtype: 'float32' | 'int32' | 'bool' | 'string';
}

/** A value in a Layers model: what is known of it, without the graph of layers that TensorFlow.js has behind it. */
export class SymbolicTensor {
  readonly name: string;
  /** Null where it is open. */
  readonly shape: (number | null)[] | undefined;
  readonly dtype: TensorInfo['dtype'];

  constructor({ name, shape, dtype }: TensorInfo) {
    this.name = name;
    this.shape = shape?.map((dim) => (dim < 0 ? null : dim));
    this.dtype = dtype;
  }

  /** `tf.model` asks for it, to make a model of parts of another. @throws always */
  get sourceLayer(): never {
    throw new ZeroskipError(
      `Expected a layer of TensorFlow.js behind ${JSON.stringify(this.name)}, received one of @zeroskip/tfjs, of ` +
        'which tf.model can make no other model. To compute it, call execute(inputs, name) of the model that was loaded.',
      { code: 'ERR_UNSUPPORTED_OPERATOR' },
    );
  }
}
