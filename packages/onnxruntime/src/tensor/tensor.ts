import { released, typeError } from '@zeroskip/tensor';
import { refusal } from '../refusal.ts';
import { inferredData, pinnedData, typedData } from './cpu-data.ts';
import { checkLength, elementCount } from './dims.ts';
import type {
  Data,
  DataArrays,
  GpuBuffer,
  GpuBufferElement,
  ImageDataType,
  MLTensorElement,
  MLTensorHandle,
  PinnedType,
  Place,
  Texture,
  TextureElement,
  TypeName,
} from './element-types.ts';
import { type ImageOptions, imageTensor, type PictureSource } from './image/from-image.ts';
import { toDataUrl, toImageData } from './image/to-image.ts';
import type {
  CpuPinnedConstructorParameters,
  GpuBufferConstructorParameters,
  MLTensorConstructorParameters,
  TensorFromGpuBufferOptions,
  TensorFromMLTensorOptions,
  TensorFromTextureOptions,
  TensorToDataUrlOptions,
  TensorToImageDataOptions,
  TextureConstructorParameters,
} from './options.ts';

type LocatedParameters =
  | CpuPinnedConstructorParameters
  | TextureConstructorParameters
  | GpuBufferConstructorParameters
  | MLTensorConstructorParameters;

const textureTypes: readonly TypeName[] = ['float32'];
const gpuBufferTypes: readonly TypeName[] = [
  ...['float32', 'float16', 'int32', 'int64', 'uint32', 'uint8', 'bool', 'uint4', 'int4'],
] as TypeName[];
const mlTensorTypes: readonly TypeName[] = [...gpuBufferTypes, 'int8', 'uint64'];

function misplaced(expected: string, location: Place): Error {
  return refusal("the tensor's data", expected, `location ${location}`);
}

function assertType(type: TypeName, types: readonly TypeName[], what: string): void {
  if (!types.includes(type)) throw typeError(`the type of ${what}`, `one of ${types.join(', ')}`, type);
}

/**
 * A multi-dimensional array. `dims` and typed arrays are kept, not copied, so that changes of them are changes of the
 * tensor. Tensors in textures, GPU buffers and MLTensors hold what they were made of; no run here takes them.
 *
 * Nothing is private at run time, so that a proxy (Vue's, for one) can stand for a tensor.
 */
export class Tensor {
  // Fields have the names that programs find in onnxruntime's tensors.
  declare dims: readonly number[];
  declare type: TypeName;
  /** Elements. */
  declare size: number;
  /** Throws where they are not on the CPU. */
  declare readonly data: Data;
  declare private dataLocation: Place;
  declare private cpuData: Data | undefined;
  declare private gpuTextureData: Texture | undefined;
  declare private gpuBufferData: GpuBuffer | undefined;
  declare private mlTensorData: MLTensorHandle | undefined;
  declare private downloader: (() => Promise<Data>) | undefined;
  declare private isDownloading: boolean | undefined;
  declare private disposer: (() => void) | undefined;

  constructor(first: unknown, second?: unknown, third?: unknown) {
    // Until version 1.15 of onnxruntime `data` was a field, and packages of that time copy the fields of tensors.
    Object.defineProperty(this, 'data', { enumerable: true, get: this.heldData });
    if (typeof first === 'object' && first !== null && 'location' in first) {
      this.locate(first as LocatedParameters);
      return;
    }
    const named = typeof first === 'string';
    const { type, data } = named ? typedData(first, second) : inferredData(first);
    const given = named ? third : second;
    const dims = given === undefined ? [data.length] : given;
    if (!Array.isArray(dims)) throw typeError('dims', 'an array of integers', dims);
    this.cpuData = data;
    this.dataLocation = 'cpu';
    this.shape(type, dims);
  }

  private shape(type: TypeName, dims: readonly number[]): void {
    const size = elementCount(dims);
    if (this.cpuData) checkLength(type, this.cpuData, size);
    this.type = type;
    this.dims = dims;
    this.size = size;
  }

  private locate(parameters: LocatedParameters): void {
    const { location, type, dims } = parameters;
    this.dataLocation = location;
    if (location === 'cpu-pinned') {
      const data = pinnedData(type, parameters.data);
      if (!data) throw typeError('a pinned buffer', `a typed array for type ${type}`, parameters.data);
      this.cpuData = data;
    } else if (location === 'texture') {
      assertType(type, textureTypes, 'a texture');
      this.gpuTextureData = parameters.texture;
    } else if (location === 'gpu-buffer') {
      assertType(type, gpuBufferTypes, 'a GPU buffer');
      this.gpuBufferData = parameters.gpuBuffer;
    } else if (location === 'ml-tensor') {
      assertType(type, mlTensorTypes, 'an MLTensor');
      this.mlTensorData = parameters.mlTensor;
    } else {
      throw misplaced('cpu-pinned, texture, gpu-buffer or ml-tensor', location);
    }
    if (location !== 'cpu-pinned') {
      this.downloader = parameters.download;
      this.disposer = parameters.dispose;
    }
    this.shape(type, dims);
  }

  /** From pixels, channels first; see `TensorFromImageDataOptions`. */
  static async fromImage(image: PictureSource, options?: ImageOptions): Promise<Tensor> {
    const { data, dims } = await imageTensor(image, options);
    return new Tensor('float32', data, dims);
  }

  static fromTexture<T extends TextureElement>(
    texture: Texture,
    { width, height, download, dispose }: TensorFromTextureOptions<T>,
  ): Tensor {
    const dims = [1, height, width, 4];
    return new Tensor({ location: 'texture', type: 'float32', texture, dims, download, dispose });
  }

  static fromGpuBuffer<T extends GpuBufferElement>(
    gpuBuffer: GpuBuffer,
    { dataType, ...rest }: TensorFromGpuBufferOptions<T>,
  ): Tensor {
    return new Tensor({ ...rest, location: 'gpu-buffer', type: dataType ?? 'float32', gpuBuffer });
  }

  static fromMLTensor<T extends MLTensorElement>(
    mlTensor: MLTensorHandle,
    { dataType, ...rest }: TensorFromMLTensorOptions<T>,
  ): Tensor {
    return new Tensor({ ...rest, location: 'ml-tensor', type: dataType ?? 'float32', mlTensor });
  }

  static fromPinnedBuffer<T extends PinnedType>(
    type: T,
    data: DataArrays[T],
    dims?: readonly number[],
  ): Tensor {
    return new Tensor({ location: 'cpu-pinned', type, data, dims: dims ?? [data.length] });
  }

  toDataURL(options?: TensorToDataUrlOptions): string {
    return toDataUrl(this, options);
  }

  toImageData(options?: TensorToImageDataOptions): ImageDataType {
    return toImageData(this, options);
  }

  get location(): Place {
    return this.dataLocation;
  }

  get texture(): Texture {
    return this.held(this.gpuTextureData, 'a texture');
  }

  get gpuBuffer(): GpuBuffer {
    return this.held(this.gpuBufferData, 'a GPU buffer');
  }

  get mlTensor(): MLTensorHandle {
    return this.held(this.mlTensorData, 'an MLTensor');
  }

  private heldData(): Data {
    return this.held(this.cpuData, 'a place on the CPU');
  }

  private held<T>(held: T | undefined, what: string): T {
    this.assertValid();
    if (!held) throw misplaced(what, this.dataLocation);
    return held;
  }

  private assertValid(): void {
    if (this.dataLocation === 'none') throw released('tensor');
  }

  private assertIdle(): void {
    if (this.isDownloading) throw refusal('the tensor', 'no download', 'one that goes on');
  }

  /**
   * The data, downloaded first where they are not on the CPU; the tensor is on the CPU then.
   * @param releaseData whether to free what held downloaded data
   */
  async getData(releaseData?: boolean): Promise<Data> {
    this.assertValid();
    if (this.dataLocation === 'cpu' || this.dataLocation === 'cpu-pinned') return this.data;
    if (!this.downloader) throw misplaced('a place on the CPU, or a downloader,', this.dataLocation);
    this.assertIdle();
    try {
      this.isDownloading = true;
      const data = await this.downloader();
      this.downloader = undefined;
      this.dataLocation = 'cpu';
      this.cpuData = data;
      if (releaseData) this.release();
      return data;
    } finally {
      this.isDownloading = false;
    }
  }

  private release(): void {
    this.disposer?.();
    this.disposer = undefined;
  }

  /** Lets go of the data; the tensor cannot be used any more, and its location is `none`. */
  dispose(): void {
    this.assertIdle();
    this.release();
    this.cpuData = undefined;
    this.gpuTextureData = undefined;
    this.gpuBufferData = undefined;
    this.mlTensorData = undefined;
    this.downloader = undefined;
    this.isDownloading = undefined;
    this.dataLocation = 'none';
  }

  /** The same data under other dims. */
  reshape(dims: readonly number[]): Tensor {
    this.assertValid();
    if (this.downloader || this.disposer)
      throw misplaced('a place that the tensor does not own', this.dataLocation);
    if (this.dataLocation === 'cpu') return new Tensor(this.type, this.data, dims);
    return new Tensor({
      location: this.dataLocation,
      type: this.type,
      dims,
      data: this.cpuData,
      texture: this.gpuTextureData,
      gpuBuffer: this.gpuBufferData,
      mlTensor: this.mlTensorData,
    });
  }
}
