import type { TryGetGlobalType } from '../global-type.ts';

/** What holds the data of each element type. `float16` data are a `Float16Array` where there is such a class. */
export interface DataArrays {
  float32: Float32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  string: string[];
  bool: Uint8Array;
  float16: Uint16Array;
  float64: Float64Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  uint4: Uint8Array;
  int4: Int8Array;
}

/** What one element of each type is. */
export interface ElementValues {
  float32: number;
  uint8: number;
  int8: number;
  uint16: number;
  int16: number;
  int32: number;
  int64: bigint;
  string: string;
  bool: boolean;
  float16: number;
  float64: number;
  uint32: number;
  uint64: bigint;
  uint4: number;
  int4: number;
}

export type TypeName = keyof DataArrays;
export type Data = DataArrays[TypeName];
export type PinnedType = Exclude<TypeName, 'string'>;
export type TextureElement = 'float32';
export type GpuBufferElement = 'float32' | 'float16' | 'int32' | 'int64' | 'uint32' | 'uint8' | 'bool';
export type MLTensorElement =
  | 'float32'
  | 'float16'
  | 'int8'
  | 'uint8'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'uint4'
  | 'int4';
export type Place = 'none' | 'cpu' | 'cpu-pinned' | 'texture' | 'gpu-buffer' | 'ml-tensor';

export type Texture = TryGetGlobalType<'WebGLTexture', object>;
export type GpuBuffer = TryGetGlobalType<
  'GPUBuffer',
  { size: number; mapState: 'unmapped' | 'pending' | 'mapped' }
>;
export type MLTensorHandle = TryGetGlobalType<'MLTensor', { destroy(): void }>;

/** The class of a browser's pictures; an object of this form where there is no such class. */
export type ImageDataType = TryGetGlobalType<
  'ImageData',
  { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number }
>;
export type ImageBitmapType = TryGetGlobalType<
  'ImageBitmap',
  { readonly width: number; readonly height: number; close(): void }
>;
export type ImageElementType = TryGetGlobalType<
  'HTMLImageElement',
  { readonly naturalWidth: number; readonly naturalHeight: number; src: string }
>;
