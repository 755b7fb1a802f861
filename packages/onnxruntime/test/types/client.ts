// A program that was written for onnxruntime-node: every type that it exports is used.
import * as ort from 'onnxruntime-node';
import {
  type Backend,
  type CpuPinnedConstructorParameters,
  type Env,
  type ExternalDataFileDescription,
  type ExternalDataFileType,
  env,
  type FileData,
  type FileType,
  type FileUrlOrPath,
  type GpuBufferConstructorParameters,
  type ImageFormat,
  type ImageTensorLayout,
  InferenceSession,
  type InferenceSessionFactory,
  type InferenceSessionHandler,
  listSupportedBackends,
  type MLTensorConstructorParameters,
  type OnnxModelOptions,
  type OnnxValue,
  type OnnxValueDataLocation,
  type OptionsDimensions,
  type OptionsFormat,
  type OptionsNormalizationParameters,
  type OptionsTensorFormat,
  type OptionsTensorLayout,
  registerBackend,
  type SessionHandler,
  Tensor,
  type TensorConstructor,
  type TensorFactory,
  type TensorFromGpuBufferOptions,
  type TensorFromImageDataOptions,
  type TensorFromUrlOptions,
  type TensorToDataUrlOptions,
  type TensorToImageDataOptions,
  type TextureConstructorParameters,
  TRACE,
  TRACE_EVENT_BEGIN,
  TRACE_EVENT_END,
  TRACE_FUNC_BEGIN,
  TRACE_FUNC_END,
  type TypedTensor,
} from 'onnxruntime-node';

const providers: InferenceSession.ExecutionProviderConfig[] = [
  'cpu',
  { name: 'cuda', deviceId: 0 },
  { name: 'webgpu', preferredLayout: 'NHWC' },
  { name: 'webnn', deviceType: 'gpu' },
  { name: 'coreml', coreMlFlags: 1 },
  { name: 'mine' },
];
const cpu: InferenceSession.CpuExecutionProviderOption = { name: 'cpu', useArena: true };
type Providers = InferenceSession.ExecutionProviderOptionMap[InferenceSession.ExecutionProviderName];
const last: Providers = cpu;

interface OwnOptions extends InferenceSession.SessionOptions {
  readonly own?: number;
}
const options: OwnOptions = {
  executionProviders: [...providers, last],
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 2,
  interOpNumThreads: 1,
  freeDimensionOverrides: { batch: 1 },
  executionMode: 'sequential',
  enableCpuMemArena: true,
  enableMemPattern: true,
  optimizedModelFilePath: 'optimized.onnx',
  enableProfiling: false,
  profileFilePrefix: 'profile',
  logId: 'id',
  logSeverityLevel: 2,
  logVerbosityLevel: 0,
  preferredOutputLocation: { map: 'cpu' },
  enableGraphCapture: false,
  externalData: ['weights.bin', { path: 'more.bin', data: new Uint8Array(1) }],
  extra: { session: { disable_prepacking: '1' } },
  own: 1,
};
const runOptions: InferenceSession.RunOptions = {
  tag: 'a',
  terminate: false,
  logSeverityLevel: 3,
  extra: {},
};

const floats: TypedTensor<'float32'> = new Tensor('float32', [1, 2], [1, 2]);
const inferred: TypedTensor<'int64'> = new Tensor(BigInt64Array.of(1n));
const longs: ort.TypedTensor<'int64'> = new ort.Tensor('int64', [1, 2]);
const flags: TypedTensor<'bool'> = new Tensor([true]);
const words: TypedTensor<'string'> = new Tensor(['a'], [1]);
const bytes: TypedTensor<'uint8'> = new Tensor(new Uint8ClampedArray(1));
const either: Tensor = new Tensor('float16' as Tensor.Type, new Uint16Array(1), [1]);
const pinned: TypedTensor<'float32'> = Tensor.fromPinnedBuffer('float32', new Float32Array(1));
const values: Tensor.DataTypeMap['float32'] = floats.data;
const element: Tensor.ElementTypeMap['int64'] = inferred.data[0]!;
const anything: Tensor.DataType | Tensor.ElementType = either.data;
const location: Tensor.DataLocation & OnnxValueDataLocation = either.location;
const pinnable: Tensor.CpuPinnedDataTypes = 'int8';
const onGpu: Tensor.GpuBufferDataTypes | Tensor.MLTensorDataTypes | Tensor.TextureDataTypes = 'float32';
const reshaped: TypedTensor<'float32'> = floats.reshape([2]);
const downloaded: Promise<Float32Array> = floats.getData(true);
const kept: readonly [number, readonly number[], 'float32'] = [floats.size, floats.dims, floats.type];

async function main(path: string, model: ArrayBuffer | SharedArrayBuffer): Promise<string> {
  const sessions: InferenceSession[] = await Promise.all([
    InferenceSession.create(path, options),
    InferenceSession.create(model),
    InferenceSession.create(model, 0, 10, options),
    InferenceSession.create(new Uint8Array(model), options),
  ]);
  const session: ort.InferenceSession = sessions[0]!;
  const feeds: InferenceSession.FeedsType & InferenceSession.OnnxValueMapType = { x: floats, y: either };
  const fetches: InferenceSession.FetchesType = { map: null, other: floats };
  const nullable: InferenceSession.NullableOnnxValueMapType = { map: null };
  const results: InferenceSession.ReturnType = await session.run(feeds, fetches, runOptions);
  await session.run({ x: floats }, ['map'], runOptions);
  await session.run({ x: floats }, nullable);
  await session.run({ x: floats }, runOptions);
  const value: OnnxValue | undefined = results.map;
  const metadata: readonly InferenceSession.ValueMetadata[] = session.inputMetadata;
  const shapes = metadata.map((each) => (each.isTensor ? each.shape : []));
  const tensorMetadata: InferenceSession.TensorValueMetadata | undefined = metadata.find(
    (each) => each.isTensor,
  );
  session.startProfiling();
  session.endProfiling();
  await session.release();
  return [shapes.length, tensorMetadata?.type, session.outputMetadata[0]?.name, value?.dims].join();
}

class Handler implements InferenceSessionHandler {
  readonly inputNames = ['x'];
  readonly outputNames = ['y'];
  readonly inputMetadata = [{ name: 'x', isTensor: true, type: 'float32', shape: [1, 'N'] }] as const;
  readonly outputMetadata = [{ name: 'y', isTensor: false }] as const;
  async dispose(): Promise<void> {}
  startProfiling(): void {}
  endProfiling(): void {}
  async run(feeds: SessionHandler.FeedsType, _fetches: SessionHandler.FetchesType) {
    const results: SessionHandler.ReturnType = { y: feeds.x! };
    return results;
  }
}
const backend: Backend = {
  init: async () => undefined,
  createInferenceSessionHandler: async (_model: string | Uint8Array) => new Handler(),
};
registerBackend('mine', backend, 1);

const flagsOfWasm: Env.WebAssemblyFlags = env.wasm;
flagsOfWasm.numThreads = 2;
flagsOfWasm.wasmPaths = { wasm: 'a.wasm', mjs: 'a.mjs' };
env.logLevel = 'error';
const all: Env = ort.env;
const paths: Env.WasmPrefixOrFilePaths | undefined = all.wasm.wasmPaths;
const gpu: Env.WebGpuFlags = all.webgpu;
gpu.profiling = { mode: 'default', ondata: (data: Env.WebGpuProfilingData) => data.kernelName };
const version: string | undefined = env.versions.node ?? env.versions.web ?? env.versions.common;

const external: ExternalDataFileType & ExternalDataFileDescription = { path: 'a', data: new Uint8Array(1) };
const files: OnnxModelOptions = { externalData: [external] };
const file: FileType | FileData | FileUrlOrPath = 'a';
const format: ImageFormat = 'RGBA';
const layout: ImageTensorLayout = 'NCHW';
const picture: OptionsFormat &
  OptionsTensorFormat &
  OptionsTensorLayout &
  OptionsDimensions &
  OptionsNormalizationParameters = {
  format,
  tensorFormat: format,
  tensorLayout: layout,
  norm: { mean: [1, 2, 3] },
};
const fromUrl: TensorFromUrlOptions & TensorFromImageDataOptions = { ...picture, resizedHeight: 1 };
const toImage: TensorToImageDataOptions & TensorToDataUrlOptions = { format };
const fromImage: Promise<TypedTensor<'float32'> | TypedTensor<'uint8'>> = Tensor.fromImage('a.png', fromUrl);
const url: string = floats.toDataURL(toImage);
const pixels: Uint8ClampedArray = floats.toImageData(toImage).data;
const Class: TensorConstructor & TensorFactory = Tensor;
const factory: InferenceSessionFactory = InferenceSession;
type Parameters =
  | CpuPinnedConstructorParameters
  | TextureConstructorParameters
  | GpuBufferConstructorParameters
  | MLTensorConstructorParameters<'int8'>;
const where: Parameters['location'] = 'gpu-buffer';
const buffer: Omit<TensorFromGpuBufferOptions<'int32'>, 'download'> = { dims: [1], dataType: 'int32' };

TRACE('CPU', 'label');
TRACE_FUNC_BEGIN('a');
TRACE_FUNC_END();
TRACE_EVENT_BEGIN('b');
TRACE_EVENT_END('b');

// @ts-expect-error no such type
new Tensor('float33', [1]);
// @ts-expect-error a number is no data
new Tensor('float32', 1);
// @ts-expect-error read only
floats.data = values;

export const used = [
  ...[longs, flags, words, bytes, pinned, element, anything, location, pinnable, onGpu, reshaped, downloaded],
  ...[kept, main, paths, version, files, file, fromImage, url, pixels, Class, factory, where, buffer],
  listSupportedBackends().map(({ name, bundled }) => `${name} ${bundled}`),
];
