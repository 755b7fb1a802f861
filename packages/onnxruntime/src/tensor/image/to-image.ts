import { pngUrl } from '../../platform/platform.ts';
import { refusal } from '../../refusal.ts';
import type { Data, ImageDataType } from '../element-types.ts';
import type { ImageFormat, TensorToDataUrlOptions, TensorToImageDataOptions } from '../options.ts';
import { contextOf, createCanvas } from './canvas.ts';
import { normOf, type Pixels, planesOf } from './pixels.ts';

interface PictureTensor {
  readonly data: Data;
  readonly dims: readonly number[];
}

function assertFormat(format: ImageFormat | undefined, channels: number): void {
  if (format === undefined) return;
  const fits = channels === 4 ? format === 'RGBA' : channels !== 3 || format === 'RGB' || format === 'BGR';
  if (!fits) throw refusal('the format of a picture', `one for ${channels} channels`, format);
}

/** The pixels of `1 × C × H × W` values: `(value - bias) · mean`, rounded, cut off at 0 and 255. */
function pixelsOf(
  { data, dims }: PictureTensor,
  { format, tensorLayout, norm }: TensorToImageDataOptions,
): Pixels {
  const [, first, second, third] = dims as [number, number, number, number];
  const [height, width, channels] = tensorLayout === 'NHWC' ? [first, second, third] : [second, third, first];
  assertFormat(format, channels);
  const values = data as Float32Array;
  // As in onnxruntime, BGR is read as RGB.
  const order = planesOf(format === undefined || format === 'BGR' ? 'RGB' : format);
  const { mean, bias } = normOf(norm);
  const size = height * width;
  const pixels = new Uint8ClampedArray(4 * size).fill(255);
  for (const [channel, plane] of order.entries()) {
    for (let i = 0; i < size; i++)
      pixels[4 * i + channel] = (values[plane * size + i]! - bias[channel]!) * mean[channel]!;
  }
  return { data: pixels, width, height };
}

function asImageData({ data, width, height }: Pixels): ImageDataType {
  const { ImageData } = globalThis as {
    ImageData?: new (data: Uint8ClampedArray, width: number, height: number) => ImageDataType;
  };
  if (ImageData) return new ImageData(data, width, height);
  return { data, width, height } as unknown as ImageDataType;
}

/** A tensor as `ImageData`; a plain object of that form where the platform has no such class. */
export function toImageData(tensor: PictureTensor, options: TensorToImageDataOptions = {}): ImageDataType {
  return asImageData(pixelsOf(tensor, options));
}

/** A tensor as the URL of a PNG. */
export function toDataUrl(tensor: PictureTensor, options: TensorToDataUrlOptions = {}): string {
  const pixels = pixelsOf(tensor, options);
  const canvas = createCanvas(pixels.width, pixels.height);
  if (canvas?.toDataURL) {
    contextOf(canvas).putImageData(asImageData(pixels), 0, 0);
    return canvas.toDataURL();
  }
  return pngUrl(pixels);
}
