import { shared } from '../shared.ts';
import type * as types from '../tensor/element-types.ts';
import type * as options from '../tensor/options.ts';

export declare namespace Tensor {
  export interface DataTypeMap extends types.DataArrays {}
  export interface ElementTypeMap extends types.ElementValues {}
  export type DataType = DataTypeMap[Type];
  export type ElementType = ElementTypeMap[Type];
  export type CpuPinnedDataTypes = types.PinnedType;
  export type TextureType = types.Texture;
  export type TextureDataTypes = types.TextureElement;
  export type GpuBufferType = types.GpuBuffer;
  export type GpuBufferDataTypes = types.GpuBufferElement;
  export type MLTensorType = types.MLTensorHandle;
  export type MLTensorDataTypes = types.MLTensorElement;
  export type DataLocation = types.Place;
  export type Type = keyof DataTypeMap;
}

/** What a tensor is made into. */
export interface ConversionUtils {
  /** The URL of a PNG of `1 × C × H × W` values. Default format RGB. */
  toDataURL(options?: options.TensorToDataUrlOptions): string;
  /** `1 × C × H × W` values as pixels. Default format RGB. */
  toImageData(options?: options.TensorToImageDataOptions): types.ImageDataType;
}

interface TypedTensorBase<T extends Tensor.Type> extends ConversionUtils {
  readonly dims: readonly number[];
  readonly type: T;
  /** Elements. */
  readonly size: number;
  /** @throws for data that are not on the CPU */
  readonly data: Tensor.DataTypeMap[T];
  readonly location: Tensor.DataLocation;
  /** @throws for data that are not in a texture */
  readonly texture: Tensor.TextureType;
  /** @throws for data that are not in a GPU buffer */
  readonly gpuBuffer: Tensor.GpuBufferType;
  /** @throws for data that are not in an MLTensor */
  readonly mlTensor: Tensor.MLTensorType;
  /**
   * The data, downloaded where they are not on the CPU.
   * @param releaseData whether to free what held downloaded data
   */
  getData(releaseData?: boolean): Promise<Tensor.DataTypeMap[T]>;
  /** Lets go of the data; the tensor cannot be used any more. */
  dispose(): void;
  /** The same data under other dims. */
  reshape(dims: readonly number[]): TypedTensor<T>;
}

/** A multi-dimensional array of a known element type. */
export interface TypedTensor<T extends Tensor.Type> extends TypedTensorBase<T> {}

/** A multi-dimensional array. */
export interface Tensor extends TypedTensorBase<Tensor.Type> {}

type ImageTensor = Promise<TypedTensor<'float32'> | TypedTensor<'uint8'>>;

/** Tensors from pictures, and from what other libraries hold. */
export interface TensorFactory {
  fromImage(image: types.ImageDataType, options?: options.TensorFromImageDataOptions): ImageTensor;
  fromImage(image: types.ImageElementType, options?: options.TensorFromImageElementOptions): ImageTensor;
  /**
   * @param source a path or a URL, or the bytes of a picture's file; outside browsers the package `sharp` decodes it
   */
  fromImage(source: string | Uint8Array, options?: options.TensorFromUrlOptions): ImageTensor;
  fromImage(bitmap: types.ImageBitmapType, options: options.TensorFromImageBitmapOptions): ImageTensor;
  fromTexture<T extends Tensor.TextureDataTypes = 'float32'>(
    texture: Tensor.TextureType,
    options: options.TensorFromTextureOptions<T>,
  ): TypedTensor<'float32'>;
  fromGpuBuffer<T extends Tensor.GpuBufferDataTypes>(
    buffer: Tensor.GpuBufferType,
    options: options.TensorFromGpuBufferOptions<T>,
  ): TypedTensor<T>;
  fromMLTensor<T extends Tensor.MLTensorDataTypes>(
    tensor: Tensor.MLTensorType,
    options: options.TensorFromMLTensorOptions<T>,
  ): TypedTensor<T>;
  fromPinnedBuffer<T extends Exclude<Tensor.Type, 'string'>>(
    type: T,
    buffer: Tensor.DataTypeMap[T],
    dims?: readonly number[],
  ): TypedTensor<T>;
}

type PlainNumeric = Exclude<Tensor.Type, 'string' | 'bool' | 'uint64' | 'int64'>;

/** Tensors on the CPU. Without `dims` they have one axis; without a type it follows from the data. */
export interface TensorConstructor extends TensorFactory {
  new (type: 'string', data: readonly string[], dims?: readonly number[]): TypedTensor<'string'>;
  new (type: 'bool', data: Uint8Array | readonly boolean[], dims?: readonly number[]): TypedTensor<'bool'>;
  new (type: 'uint8', data: Uint8ClampedArray, dims?: readonly number[]): TypedTensor<'uint8'>;
  new <T extends 'uint64' | 'int64'>(
    type: T,
    data: Tensor.DataTypeMap[T] | readonly bigint[] | readonly number[],
    dims?: readonly number[],
  ): TypedTensor<T>;
  new <T extends PlainNumeric>(
    type: T,
    data: Tensor.DataTypeMap[T] | readonly number[],
    dims?: readonly number[],
  ): TypedTensor<T>;
  new (data: Float32Array, dims?: readonly number[]): TypedTensor<'float32'>;
  new (data: Int8Array, dims?: readonly number[]): TypedTensor<'int8'>;
  new (data: Uint8Array, dims?: readonly number[]): TypedTensor<'uint8'>;
  new (data: Uint8ClampedArray, dims?: readonly number[]): TypedTensor<'uint8'>;
  new (data: Uint16Array, dims?: readonly number[]): TypedTensor<'uint16'>;
  new (data: Int16Array, dims?: readonly number[]): TypedTensor<'int16'>;
  new (data: Int32Array, dims?: readonly number[]): TypedTensor<'int32'>;
  new (data: BigInt64Array, dims?: readonly number[]): TypedTensor<'int64'>;
  new (data: readonly string[], dims?: readonly number[]): TypedTensor<'string'>;
  new (data: readonly boolean[], dims?: readonly number[]): TypedTensor<'bool'>;
  new (data: Float64Array, dims?: readonly number[]): TypedTensor<'float64'>;
  new (data: Uint32Array, dims?: readonly number[]): TypedTensor<'uint32'>;
  new (data: BigUint64Array, dims?: readonly number[]): TypedTensor<'uint64'>;
  new (
    type: Tensor.Type,
    data: Tensor.DataType | readonly number[] | readonly string[] | readonly bigint[] | readonly boolean[],
    dims?: readonly number[],
  ): Tensor;
  new (data: Tensor.DataType, dims?: readonly number[]): Tensor;
}

export const Tensor = shared.Tensor as unknown as TensorConstructor;
