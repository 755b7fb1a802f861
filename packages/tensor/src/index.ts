export { bytesOf } from './bytes.ts';
export * from './conv-spec.ts';
export { type ConvOperands, type ConvSum, convolutionSum } from './convolution.ts';
export * from './errors.ts';
export { float16ToFloat32, float32ToFloat16 } from './float16.ts';
export { type Layout, repack } from './layout.ts';
export { median } from './median.ts';
export {
  isNarrowFloat,
  type NarrowFloat,
  type Narrowing,
  narrowFloats,
  type PowerRounding,
  widenFloats,
} from './narrow-floats.ts';
export {
  allocate,
  type ElementType,
  elementTypes,
  sizeOf,
  Tensor,
  type TensorData,
  type TensorDataMap,
} from './tensor.ts';
export { isTypedArray, typedArrayName } from './typed-array.ts';
