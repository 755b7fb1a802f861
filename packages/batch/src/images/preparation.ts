import type { ImageLayout, Size } from './shape.ts';

/** How a photo gets the size of a network's input. */
export const resizes = ['stretch', 'letterbox', 'crop'] as const;
export type Resize = (typeof resizes)[number];

/** The order of colours. */
export const channelOrders = ['rgb', 'bgr'] as const;
export type ChannelOrder = (typeof channelOrders)[number];

/** How photos become what a network takes. */
export interface Preparation {
  /**
   * `stretch` to the size of the input; `letterbox`: scaled until it fits, in the middle, with `fill` beside it;
   * `crop`: scaled until it covers the input, of which the middle is left.
   */
  readonly resize: Resize;
  /**
   * Pixels, where the model leaves height and width open. With `multipleOf` a photo is scaled until it fits within it,
   * and keeps its aspect.
   */
  readonly size?: Size;
  /** What height and width are rounded to where the model leaves them open, as networks with strides ask for. */
  readonly multipleOf?: number;
  readonly channels: ChannelOrder;
  /** The order of axes, where the dims of the input do not tell. */
  readonly layout?: ImageLayout;
  /** Values are `(pixel − mean) / std`, on 0–255; one number, or one for each channel of the network. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** The grey beside a letterboxed photo, 0–255. */
  readonly fill: number;
  /** The share of the scaled photo's shorter side that `crop` leaves, above 0 and at most 1. */
  readonly cropShare: number;
}

export const defaultPreparation: Preparation = {
  resize: 'stretch',
  channels: 'rgb',
  mean: [0],
  std: [255],
  fill: 114,
  cropShare: 1,
};
