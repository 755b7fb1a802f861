import type { Constant } from '../../model/graph.ts';

/** A value of the ONNX graph that stands for a tensor of the TensorFlow graph. */
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
}

/** The axis of `value` that is axis `axis` of the model, counted from 0. */
export function axisOf({ order }: TensorValue, axis: number): number {
  return order === 'model' ? axis : [0, 2, 3, 1][axis]!;
}
