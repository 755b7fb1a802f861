import type {
  DataArrays,
  GpuBuffer,
  GpuBufferElement,
  MLTensorElement,
  MLTensorHandle,
  PinnedType,
  Texture,
  TextureElement,
  TypeName,
} from './element-types.ts';

export type ImageFormat = 'RGB' | 'RGBA' | 'BGR' | 'RBG';
export type ImageTensorLayout = 'NHWC' | 'NCHW';

interface ConstructorParameters<T> {
  readonly type: T;
  readonly dims: readonly number[];
}

interface ResourceParameters<T extends TypeName> {
  /** Brings the data to the CPU, for `getData`. */
  download?(): Promise<DataArrays[T]>;
  /** Called when the tensor is disposed of. */
  dispose?(): void;
}

export interface CpuPinnedConstructorParameters<T extends PinnedType = PinnedType>
  extends ConstructorParameters<T> {
  readonly location: 'cpu-pinned';
  readonly data: DataArrays[T];
}

export interface TextureConstructorParameters<T extends TextureElement = TextureElement>
  extends ConstructorParameters<T>,
    ResourceParameters<T> {
  readonly location: 'texture';
  readonly texture: Texture;
}

export interface GpuBufferConstructorParameters<T extends GpuBufferElement = GpuBufferElement>
  extends ConstructorParameters<T>,
    ResourceParameters<T> {
  readonly location: 'gpu-buffer';
  readonly gpuBuffer: GpuBuffer;
}

export interface MLTensorConstructorParameters<T extends MLTensorElement = MLTensorElement>
  extends ConstructorParameters<T>,
    ResourceParameters<T> {
  readonly location: 'ml-tensor';
  readonly mlTensor: MLTensorHandle;
}

/** Of a picture's pixels. Default RGBA. */
export interface OptionsFormat {
  format?: ImageFormat;
}

/** Channels of the tensor. Default RGB. */
export interface OptionsTensorFormat {
  tensorFormat?: ImageFormat;
}

export interface OptionsTensorDataType {
  dataType?: 'float32' | 'uint8';
}

export interface OptionsTensorLayout {
  tensorLayout?: ImageTensorLayout;
}

/** In pixels. */
export interface OptionsDimensions {
  height?: number;
  width?: number;
}

/** In pixels; both or neither. */
export interface OptionResizedDimensions {
  resizedHeight?: number;
  resizedWidth?: number;
}

/** Values are `(pixel + bias) / mean`, and pixels `(value - bias) · mean`; one number for all channels, or one each. */
export interface OptionsNormalizationParameters {
  norm?: {
    /** Default 0. */
    bias?: number | [number, number, number] | [number, number, number, number];
    /** Default 255. */
    mean?: number | [number, number, number] | [number, number, number, number];
  };
}

export interface TensorFromImageDataOptions
  extends OptionResizedDimensions,
    OptionsTensorFormat,
    OptionsTensorLayout,
    OptionsTensorDataType,
    OptionsNormalizationParameters {}

export interface TensorFromImageElementOptions extends TensorFromImageDataOptions {}

export interface TensorFromImageBitmapOptions extends TensorFromImageDataOptions {}

export interface TensorFromUrlOptions extends OptionsDimensions, TensorFromImageDataOptions {}

export interface TensorFromTextureOptions<T extends TextureElement>
  extends Required<OptionsDimensions>,
    OptionsFormat,
    ResourceParameters<T> {}

export interface TensorFromGpuBufferOptions<T extends GpuBufferElement> extends ResourceParameters<T> {
  readonly dims: readonly number[];
  dataType?: T;
}

export interface TensorFromMLTensorOptions<T extends MLTensorElement> extends ResourceParameters<T> {
  readonly dims: readonly number[];
  dataType?: T;
}

export interface TensorToDataUrlOptions
  extends OptionsTensorLayout,
    OptionsFormat,
    OptionsNormalizationParameters {}

export interface TensorToImageDataOptions extends TensorToDataUrlOptions {}
