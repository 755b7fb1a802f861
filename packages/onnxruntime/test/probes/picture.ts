import type { Api, Probes } from '../support/observe.ts';

interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

class ImageData implements Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  constructor(data: Uint8ClampedArray, width: number, height: number) {
    [this.data, this.width, this.height] = [data, width, height];
  }
}
class ImageBitmap implements Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  constructor(data: Uint8ClampedArray, width: number, height: number) {
    [this.data, this.width, this.height] = [data, width, height];
  }
}
class HTMLImageElement extends ImageBitmap {}

/** Any image that is loaded is this one. */
class Image extends HTMLImageElement {
  onload?: () => void;
  constructor() {
    super(
      Uint8ClampedArray.from({ length: 8 }, (_, i) => 10 * i),
      2,
      1,
    );
  }
  set src(_url: string) {
    setTimeout(() => this.onload?.());
  }
  async decode(): Promise<void> {}
}

/** A canvas that holds pixels, and no more. */
class OffscreenCanvas {
  width = 1;
  height = 1;
  #drawn: Pixels | undefined;
  getContext() {
    return {
      drawImage: (image: Pixels) => this.#draw(image),
      putImageData: (image: Pixels) => this.#draw(image),
      createImageData: (width: number, height: number) =>
        new ImageData(new Uint8ClampedArray(4 * width * height), width, height),
      fillRect: () => undefined,
      getImageData: (_x: number, _y: number, width: number, height: number) => {
        const data = new Uint8ClampedArray(4 * width * height);
        const { data: from, width: wide, height: high } = this.#drawn!;
        for (let y = 0; y < Math.min(high, height); y++)
          for (let i = 0; i < 4 * Math.min(wide, width); i++)
            data[4 * y * width + i] = from[4 * y * wide + i]!;
        return new ImageData(data, width, height);
      },
    };
  }
  #draw(image: Pixels): void {
    this.#drawn = image;
  }
}
class Canvas extends OffscreenCanvas {
  toDataURL(): string {
    return `data:image/png;${this.width}x${this.height}`;
  }
}

const browser = { ImageData, ImageBitmap, HTMLImageElement, Image, OffscreenCanvas };
const page = { ...browser, document: { createElement: () => new Canvas() } };

/** What `use` does where there are these globals. */
const within = (globals: object, use: (ort: Api) => unknown) => async (ort: Api) => {
  const before = Object.keys(globals).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  Object.assign(globalThis, globals);
  try {
    return await use(ort);
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete (globalThis as Record<string, unknown>)[name];
    }
  }
};

const rgba = (Class: new (...of: ConstructorParameters<typeof ImageData>) => Pixels, width = 3, height = 2) =>
  new Class(
    Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (37 * i) % 256),
    width,
    height,
  );
const from = (image: unknown, options?: object, globals: object = browser) =>
  within(globals, (ort) => ort.Tensor.fromImage(image as never, options && { ...options }));

const norm = { mean: [1, 2, 4, 8], bias: [1, 2, 3, 4] };
const sources: Probes = {
  'fromImage(ImageData)': from(rgba(ImageData)),
  'fromImage(ImageData, {})': from(rgba(ImageData), {}),
  ...Object.fromEntries(
    ['RGB', 'RGBA', 'BGR', 'RBG'].map((tensorFormat) => [
      `fromImage(ImageData), ${tensorFormat}`,
      from(rgba(ImageData), { tensorFormat }),
    ]),
  ),
  'fromImage(ImageData), norm': from(rgba(ImageData), { tensorFormat: 'RGBA', norm }),
  'fromImage(ImageData), norm of three': from(rgba(ImageData), {
    tensorFormat: 'RGBA',
    norm: { mean: [1, 2, 4], bias: [1, 2, 3] },
  }),
  'fromImage(ImageData), norm of numbers': from(rgba(ImageData), { norm: { mean: 2, bias: -1 } }),
  'fromImage(ImageData), norm without bias': from(rgba(ImageData), { norm: { mean: 2 } }),
  'fromImage(ImageData), uint8': from(rgba(ImageData), { dataType: 'uint8' }),
  'fromImage(ImageData), NHWC': from(rgba(ImageData), { tensorLayout: 'NHWC' }),
  'fromImage(ImageData), smaller': from(rgba(ImageData), { resizedWidth: 2, resizedHeight: 1 }),
  'fromImage(ImageData), larger': from(rgba(ImageData), { resizedWidth: 4, resizedHeight: 3 }),
  'fromImage(ImageData), one side': from(rgba(ImageData), { resizedWidth: 2 }),
  'fromImage(HTMLImageElement)': from(rgba(HTMLImageElement)),
  'fromImage(HTMLImageElement), norm': from(rgba(HTMLImageElement), { norm }, page),
  'fromImage(HTMLImageElement), RGB': from(rgba(HTMLImageElement), { tensorFormat: 'RGB' }),
  'fromImage(HTMLImageElement), smaller': from(rgba(HTMLImageElement), { resizedWidth: 2, resizedHeight: 1 }),
  'fromImage(ImageBitmap)': from(rgba(ImageBitmap)),
  'fromImage(ImageBitmap, {})': from(rgba(ImageBitmap), {}),
  'fromImage(ImageBitmap), BGR': from(rgba(ImageBitmap), { tensorFormat: 'BGR' }, page),
  'fromImage(URL) in a page': from('https://localhost/a.png', undefined, page),
  'fromImage(URL) in a page, RGBA': from('https://localhost/a.png', { tensorFormat: 'RGBA' }, page),
  'fromImage(nothing)': from(undefined),
  'fromImage(number)': from(1),
  'fromImage(file that is not there)': from('/nothing/here.png', undefined, {}),
  'fromImage(pixels) without ImageData': from(rgba(ImageData), undefined, {}),
};

const to = (
  channels: number,
  options?: object,
  globals: object = browser,
  member: 'toImageData' | 'toDataURL' = 'toImageData',
) =>
  within(globals, (ort) => {
    const values = Float32Array.from({ length: channels * 6 }, (_, i) => (i % 7) / 6);
    const shape =
      channels === 4 && (options as { tensorLayout?: string })?.tensorLayout
        ? [1, 2, 3, 4]
        : [1, channels, 2, 3];
    const made = new ort.Tensor('float32', values, shape)[member](options);
    return typeof made === 'string' ? made : { ...made };
  });

const targets: Probes = {
  toImageData: to(3),
  'toImageData(RGB)': to(3, { format: 'RGB' }),
  'toImageData(BGR)': to(3, { format: 'BGR' }),
  'toImageData(RBG)': to(3, { format: 'RBG' }),
  'toImageData(RGBA) of three': to(3, { format: 'RGBA' }),
  'toImageData(RGBA)': to(4, { format: 'RGBA' }),
  'toImageData(RGB) of four': to(4, { format: 'RGB' }),
  'toImageData(RGBA), norm': to(4, {
    format: 'RGBA',
    norm: { mean: [100, 200, 300, 400], bias: [0.1, 0.2, 0.3, 0] },
  }),
  'toImageData(RGB), norm': to(3, { format: 'RGB', norm: { mean: 128, bias: -0.5 } }),
  'toImageData(RGB), mean': to(3, { format: 'RGB', norm: { mean: [100, 200, 300] } }),
  'toImageData({})': to(3, {}),
  'toImageData of one channel': to(1),
  'toImageData(NHWC)': to(4, { format: 'RGBA', tensorLayout: 'NHWC' }),
  'toImageData without a canvas': to(3, undefined, {}),
  'toDataURL in a page': to(3, undefined, page, 'toDataURL'),
  'toDataURL in a worker': to(3, undefined, browser, 'toDataURL'),
  'toDataURL without a canvas': to(3, undefined, {}, 'toDataURL'),
};

export const pictureProbes: Probes = { ...sources, ...targets };
