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

/** What the literature lowers and compares: a kernel larger than one element, over all channels. */
export function isStandard({ weightShape, group }: Pick<LayerShape, 'weightShape' | 'group'>): boolean {
  return weightShape[2]! * weightShape[3]! > 1 && group === 1;
}
