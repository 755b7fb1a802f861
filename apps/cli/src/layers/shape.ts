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

/** The shape alone of what holds more. */
export function layerShape(of: LayerShape): LayerShape {
  const { name, inputShape, weightShape, strides, dilations, pads, group } = of;
  return { name, inputShape, weightShape, strides, dilations, pads, group };
}

/** What is of one layer, for each name in the order of their firsts. */
export function byName<T extends Pick<LayerShape, 'name'>>(items: readonly T[]): Map<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const item of items) {
    const list = lists.get(item.name);
    if (list === undefined) lists.set(item.name, [item]);
    else list.push(item);
  }
  return lists;
}

/** What the literature lowers and compares: a kernel larger than one element, over all channels. */
export function isStandard({ weightShape, group }: Pick<LayerShape, 'weightShape' | 'group'>): boolean {
  return weightShape[2]! * weightShape[3]! > 1 && group === 1;
}
