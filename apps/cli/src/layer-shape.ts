/** Which convolution. */
export interface LayerShape {
  readonly name: string;
  /** N, C, H, W. */
  readonly inputShape: readonly number[];
  /** `M × C/group × kH × kW`. */
  readonly weightShape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Top, left, bottom, right. */
  readonly pads: readonly number[];
  readonly group: number;
}
