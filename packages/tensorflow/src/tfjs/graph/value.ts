import type { Constant } from '@zeroskip/onnx';
import type { ElementType } from '@zeroskip/tensor';

/** A value of the ONNX graph that stands for a tensor, or a list of tensors, of the TensorFlow graph. */
export interface TensorValue {
  readonly name: string;
  /** Undefined where it is not known before the model's inputs are. */
  readonly rank: number | undefined;
  /**
   * Whether its axes are those of the model, or the last one of its four axes, the channels, comes second as ONNX has
   * it.
   */
  readonly order: 'model' | 'channelsSecond';
  /** Set where it is a weight. */
  readonly constant?: Constant;
  /** How many elements a vector has, where that is known. */
  readonly length?: number;
  /** A map that is cut into blocks, as dilated convolutions are written; its name is that of the whole map. */
  readonly blocks?: readonly [rows: number, columns: number];
  /** Set for strings: the name of a vector of bytes, of which each element of the value is a part. */
  readonly bytes?: string;
  /** Set for complex numbers, which are pairs of floats along one more axis. */
  readonly isComplex?: boolean;
  /** Set for a list of tensors, which is a sequence of ONNX. */
  readonly list?: ListType;
}

/** What the tensors of a list have in common. */
export interface ListType {
  readonly type: ElementType;
  /** Whether it grows where a tensor is set behind its end. */
  readonly grows?: boolean;
}

/** The axis of `value` that is axis `axis` of the model, counted from 0. */
export function axisOf({ order }: TensorValue, axis: number): number {
  return order === 'model' ? axis : [0, 2, 3, 1][axis]!;
}

/** For messages. */
export function kindOf({ list, bytes, isComplex }: TensorValue): string {
  const elements = bytes !== undefined ? 'strings' : isComplex ? 'complex numbers' : 'numbers';
  return list ? `a list of tensors of ${elements}` : `a tensor of ${elements}`;
}
