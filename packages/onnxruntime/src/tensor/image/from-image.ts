import { bytesOf, typedArrayName } from '@zeroskip/tensor';
import { refusal } from '../../refusal.ts';
import type { ImageBitmapType, ImageDataType, ImageElementType } from '../element-types.ts';
import type { TensorFromUrlOptions } from '../options.ts';
import { createCanvas, drawn } from './canvas.ts';
import { decoded } from './decode.ts';
import { channelsFirst, cut, type Pixels } from './pixels.ts';

/** A picture; a string is a path or a URL, bytes are those of a picture's file. */
export type PictureSource =
  | ImageDataType
  | ImageElementType
  | ImageBitmapType
  | string
  | Uint8Array
  | ArrayBufferLike;
export type ImageOptions = TensorFromUrlOptions;

interface BrowserImage {
  readonly width: number;
  readonly height: number;
  src: string;
  crossOrigin: string;
  decode(): Promise<void>;
}

type ImageClass = new () => BrowserImage;

/** Whether `value` is of a global class, where there is one. */
function isOf(value: unknown, name: string): boolean {
  const Class = (globalThis as Record<string, unknown>)[name];
  return typeof Class === 'function' && value instanceof Class;
}

function isPixels(value: unknown): value is Pixels {
  const { data, width, height } = (value ?? {}) as Partial<Pixels>;
  return typedArrayName(data) === 'Uint8ClampedArray' && data!.length === 4 * width! * height!;
}

async function fetchedImage(url: string): Promise<Pixels> {
  const { Image } = globalThis as { Image?: ImageClass };
  if (!Image || !createCanvas(1, 1)) return decoded(url);
  const image = new Image();
  image.crossOrigin = 'Anonymous';
  image.src = url;
  await image.decode();
  return drawn(image);
}

function sized(pixels: Pixels, { resizedWidth, resizedHeight }: ImageOptions): Pixels {
  if (resizedWidth === undefined || resizedHeight === undefined) return pixels;
  return cut(pixels, resizedWidth, resizedHeight);
}

/** Pixels of a picture, and the channels that its kind has unless told. */
async function pixelsOf(
  image: unknown,
  options: ImageOptions | undefined,
): Promise<{ pixels: Pixels; format: 'RGB' | 'RGBA' }> {
  if (isOf(image, 'HTMLImageElement')) {
    if (options?.tensorFormat !== undefined)
      throw refusal('tensorFormat of an HTMLImageElement', 'none, as it is RGBA', options.tensorFormat);
    return { pixels: sized(drawn(image as Pixels), options ?? {}), format: 'RGBA' };
  }
  if (isOf(image, 'ImageBitmap')) {
    if (options === undefined) throw refusal('an ImageBitmap', 'options', 'none');
    return { pixels: drawn(image as Pixels), format: 'RGB' };
  }
  if (isPixels(image)) return { pixels: sized(image, options ?? {}), format: 'RGB' };
  if (typeof image === 'string') return { pixels: await fetchedImage(image), format: 'RGB' };
  const bytes = bytesOf(image);
  if (bytes) return { pixels: await decoded(bytes), format: 'RGB' };
  const expected = 'ImageData, an ImageBitmap, an HTMLImageElement, a path, a URL or bytes';
  throw refusal('a picture', expected, image);
}

/** A picture's values and dims, `1 × C × H × W`. */
export async function imageTensor(
  image: PictureSource,
  options?: ImageOptions,
): Promise<{ data: Float32Array; dims: number[] }> {
  if (options?.tensorLayout === 'NHWC') throw refusal('tensorLayout', 'NCHW', 'NHWC');
  const { pixels, format: usual } = await pixelsOf(image, options);
  const format = options?.tensorFormat ?? usual;
  const data = channelsFirst(pixels, { format, norm: options?.norm });
  const size = pixels.width * pixels.height;
  return { data, dims: [1, data.length / size, pixels.height, pixels.width] };
}
