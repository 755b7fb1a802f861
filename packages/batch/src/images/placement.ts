import type { Preparation } from './preparation.ts';
import type { ImageShape, Size } from './shape.ts';

/** A rectangle of pixels. */
export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}

/** Where a photo is in what a network takes: resized to `inner`, with its left upper corner at `left` and `top`. */
export interface Placement {
  /** Of the photo, upright. */
  readonly photo: Size;
  /** Of the network's input. */
  readonly target: Size;
  readonly inner: Size;
  /** Negative where the photo is cut off there. */
  readonly left: number;
  readonly top: number;
}

/**
 * The height and width that a network's input has for a photo.
 * @param shape with at most what `preparation` and the photo say left open
 */
export function targetOf(
  photo: Size,
  { height, width }: Pick<ImageShape<number | string>, 'height' | 'width'>,
  { size, multipleOf = 1, resize }: Pick<Preparation, 'size' | 'multipleOf' | 'resize'>,
): Size {
  const scale = () => {
    if (typeof height === 'number') return height / photo.height;
    if (typeof width === 'number') return width / photo.width;
    return size ? Math.min(size.width / photo.width, size.height / photo.height) : 1;
  };
  // A letterbox has room for all of the photo.
  const round = resize === 'letterbox' ? Math.ceil : Math.round;
  const open = (length: number) => Math.max(1, round((length * scale()) / multipleOf)) * multipleOf;
  return {
    height: typeof height === 'number' ? height : open(photo.height),
    width: typeof width === 'number' ? width : open(photo.width),
  };
}

/** Where a photo goes. */
export function place(
  photo: Size,
  target: Size,
  { resize, cropShare }: Pick<Preparation, 'resize' | 'cropShare'>,
): Placement {
  if (resize === 'stretch') return { photo, target, inner: target, left: 0, top: 0 };
  const ratios = [target.width / photo.width, target.height / photo.height];
  const isWhole = resize === 'letterbox';
  const scale = isWhole ? Math.min(...ratios) : Math.max(...ratios) / cropShare;
  const scaled = (length: number, room: number) => {
    const pixels = Math.max(1, Math.round(length * scale));
    return isWhole ? Math.min(pixels, room) : Math.max(pixels, room);
  };
  const inner = {
    width: scaled(photo.width, target.width),
    height: scaled(photo.height, target.height),
  };
  return {
    photo,
    target,
    inner,
    left: Math.trunc((target.width - inner.width) / 2),
    top: Math.trunc((target.height - inner.height) / 2),
  };
}

/** A point of the network's input, in pixels of the photo, within it. */
export function toPhoto({ photo, inner, left, top }: Placement, x: number, y: number): [number, number] {
  const within = (value: number, max: number) => Math.min(max, Math.max(0, value));
  return [
    within(((x - left) * photo.width) / inner.width, photo.width),
    within(((y - top) * photo.height) / inner.height, photo.height),
  ];
}

/** What the network's input shows of the photo: there, and in the photo. */
export function shown(placement: Placement): { readonly target: Region; readonly photo: Region } {
  const { target, inner } = placement;
  const [left, top] = [Math.max(0, placement.left), Math.max(0, placement.top)];
  const width = Math.min(target.width, inner.width);
  const height = Math.min(target.height, inner.height);
  const [x, y] = toPhoto(placement, left, top).map(Math.round);
  const [right, bottom] = toPhoto(placement, left + width, top + height).map(Math.round);
  return {
    target: { left, top, width, height },
    photo: { left: x!, top: y!, width: Math.max(1, right! - x!), height: Math.max(1, bottom! - y!) },
  };
}
