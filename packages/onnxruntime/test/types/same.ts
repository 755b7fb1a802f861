// Each type of onnxruntime-common takes the values of this package's, and the other way round.
import type * as theirs from 'onnxruntime-common';
import type * as ours from 'onnxruntime-node';

/** `true` where values of both types can stand for each other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : { missing: A; in: B }) : { missing: B; in: A };
declare function assert<_T extends true>(): void;

assert<Same<ours.InferenceSession, theirs.InferenceSession>>();
assert<Same<ours.InferenceSession.SessionOptions, theirs.InferenceSession.SessionOptions>>();
assert<Same<ours.InferenceSession.RunOptions, theirs.InferenceSession.RunOptions>>();
assert<Same<ours.InferenceSession.FeedsType, theirs.InferenceSession.FeedsType>>();
assert<Same<ours.InferenceSession.FetchesType, theirs.InferenceSession.FetchesType>>();
assert<Same<ours.InferenceSession.ReturnType, theirs.InferenceSession.ReturnType>>();
assert<Same<ours.InferenceSession.ValueMetadata, theirs.InferenceSession.ValueMetadata>>();
assert<
  Same<ours.InferenceSession.ExecutionProviderOptionMap, theirs.InferenceSession.ExecutionProviderOptionMap>
>();
assert<
  Same<ours.InferenceSession.ExecutionProviderConfig, theirs.InferenceSession.ExecutionProviderConfig>
>();
assert<Same<ours.InferenceSessionFactory, theirs.InferenceSessionFactory>>();
assert<Same<ours.Tensor, theirs.Tensor>>();
assert<Same<ours.TypedTensor<'int64'>, theirs.TypedTensor<'int64'>>>();
assert<Same<ours.Tensor.DataTypeMap, theirs.Tensor.DataTypeMap>>();
assert<Same<ours.Tensor.ElementTypeMap, theirs.Tensor.ElementTypeMap>>();
assert<Same<ours.Tensor.Type, theirs.Tensor.Type>>();
assert<Same<ours.Tensor.DataLocation, theirs.Tensor.DataLocation>>();
assert<Same<ours.Tensor.GpuBufferDataTypes, theirs.Tensor.GpuBufferDataTypes>>();
assert<Same<ours.Tensor.MLTensorDataTypes, theirs.Tensor.MLTensorDataTypes>>();
assert<Same<ours.Tensor.GpuBufferType, theirs.Tensor.GpuBufferType>>();
assert<Same<ours.Tensor.TextureType, theirs.Tensor.TextureType>>();
assert<Same<ours.TensorConstructor, theirs.TensorConstructor>>();
assert<Same<ours.TensorFromImageDataOptions, theirs.TensorFromImageDataOptions>>();
assert<Same<ours.TensorFromImageElementOptions, theirs.TensorFromImageElementOptions>>();
assert<Same<ours.TensorFromImageBitmapOptions, theirs.TensorFromImageBitmapOptions>>();
assert<Same<ours.TensorFromUrlOptions, theirs.TensorFromUrlOptions>>();
assert<Same<ours.TensorFromTextureOptions<'float32'>, theirs.TensorFromTextureOptions<'float32'>>>();
assert<Same<ours.TensorFromGpuBufferOptions<'int32'>, theirs.TensorFromGpuBufferOptions<'int32'>>>();
assert<Same<ours.TensorFromMLTensorOptions<'int8'>, theirs.TensorFromMLTensorOptions<'int8'>>>();
assert<Same<ours.TensorToDataUrlOptions, theirs.TensorToDataUrlOptions>>();
assert<Same<ours.TensorToImageDataOptions, theirs.TensorToImageDataOptions>>();
assert<Same<ours.ConversionUtils, theirs.ConversionUtils>>();
assert<Same<ours.CpuPinnedConstructorParameters, theirs.CpuPinnedConstructorParameters>>();
assert<Same<ours.TextureConstructorParameters, theirs.TextureConstructorParameters>>();
assert<Same<ours.GpuBufferConstructorParameters, theirs.GpuBufferConstructorParameters>>();
assert<Same<ours.MLTensorConstructorParameters, theirs.MLTensorConstructorParameters>>();
assert<Same<ours.Env, theirs.Env>>();
assert<Same<ours.Env.WebAssemblyFlags, theirs.Env.WebAssemblyFlags>>();
assert<Same<ours.Env.WebGLFlags, theirs.Env.WebGLFlags>>();
assert<Same<ours.Env.WebGpuFlags, theirs.Env.WebGpuFlags>>();
assert<Same<ours.Backend, theirs.Backend>>();
assert<Same<ours.InferenceSessionHandler, theirs.InferenceSessionHandler>>();
assert<Same<ours.SessionHandler.FetchesType, theirs.SessionHandler.FetchesType>>();
assert<Same<ours.OnnxModelOptions, theirs.OnnxModelOptions>>();
assert<Same<ours.ExternalDataFileType, theirs.ExternalDataFileType>>();
assert<Same<ours.FileType, theirs.FileType>>();
assert<Same<ours.OnnxValue, theirs.OnnxValue>>();

/** Every export of onnxruntime-common is one here. */
assert<Same<Exclude<keyof typeof theirs, keyof typeof ours>, never>>();
