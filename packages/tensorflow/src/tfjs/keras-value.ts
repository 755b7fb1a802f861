/** A value of the graph being made. */
export interface KerasValue {
  readonly name: string;
  readonly rank: number;
  /**
   * Whether its axes are those of the model, or the model's last axis, the channels, comes second as ONNX has it.
   */
  readonly order: 'model' | 'channelsSecond';
}

/** The axis of `value` that is axis `axis` of the model. */
export function axisIn({ rank, order }: KerasValue, axis: number): number {
  if (order === 'model' || axis === 0) return axis;
  return axis === rank - 1 ? 1 : axis + 1;
}
