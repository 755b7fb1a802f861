import { rangeError } from '@zeroskip/tensor';
import type { ImageFormat, OptionsNormalizationParameters } from '../options.ts';

/** Rows of RGBA. */
export interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

type Four = [number, number, number, number];
type Norm = OptionsNormalizationParameters['norm'];

/** Which plane of a tensor holds red, green, blue and alpha. */
const planes: Readonly<Record<ImageFormat, readonly number[]>> = {
  RGB: [0, 1, 2],
  RGBA: [0, 1, 2, 3],
  RBG: [0, 2, 1],
  BGR: [2, 1, 0],
};

export function planesOf(format: ImageFormat): readonly number[] {
  if (Object.hasOwn(planes, format)) return planes[format];
  throw rangeError('the format of a picture', `one of ${Object.keys(planes).join(', ')}`, format);
}

function four(value: number | readonly number[] | undefined, absent: number): Four {
  if (value === undefined || typeof value === 'number') return Array(4).fill(value ?? absent) as Four;
  return [value[0]!, value[1]!, value[2]!, value[3] ?? absent];
}

export function normOf(norm: Norm): { readonly mean: Four; readonly bias: Four } {
  return { mean: four(norm?.mean, 255), bias: four(norm?.bias, 0) };
}

/** The values of a picture, channels first: `(pixel + bias) / mean`. */
export function channelsFirst(
  { data, width, height }: Pixels,
  { format, norm }: { format: ImageFormat; norm: Norm },
): Float32Array {
  const order = planesOf(format);
  const { mean, bias } = normOf(norm);
  const size = width * height;
  const values = new Float32Array(order.length * size);
  for (const [channel, plane] of order.entries()) {
    for (let i = 0; i < size; i++)
      values[plane * size + i] = (data[4 * i + channel]! + bias[channel]!) / mean[channel]!;
  }
  return values;
}

/** The part of `pixels` from its upper left corner, filled up with transparent black. */
export function cut(pixels: Pixels, width: number, height: number): Pixels {
  if (pixels.width === width && pixels.height === height) return pixels;
  const data = new Uint8ClampedArray(4 * width * height);
  const row = 4 * Math.min(width, pixels.width);
  for (let y = 0; y < Math.min(height, pixels.height); y++) {
    const from = 4 * y * pixels.width;
    data.set(pixels.data.subarray(from, from + row), 4 * y * width);
  }
  return { data, width, height };
}
