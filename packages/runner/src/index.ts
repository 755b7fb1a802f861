export { prepareAddon, type WasmSource } from '@zeroskip/kernels';
export { Tensor } from '@zeroskip/tensor';
export type { ConvolutionConfig, PlannedConvolution } from './compile/algorithm-choice.ts';
export type { Form } from './model/graph.ts';
export { defaultLimits, type Limits } from './model/limits.ts';
export type { LayerClass, LayerClasses, LayerDescription } from './model/model-format.ts';
export type { ExternalDataFile } from './model/reading/files.ts';
export type { FileSource, LoadProgress } from './model/reading/source.ts';
export type { Value } from './model/value.ts';
export {
  type CheckOptions,
  checkModel,
  type Execution as OperatorExecution,
  type InputUse,
  type ModelReport,
  type OperatorUse,
  type WeightReport,
} from './session/check-model.ts';
export { type ExportOptions, exportOnnx } from './session/export-onnx.ts';
export { modelHash } from './session/hash.ts';
export type {
  Feeds,
  Fetches,
  NodeMetadata,
  OutputMetadata,
  Results,
  RunOptions,
  SessionOptions,
  ValueMetadata,
} from './session/options.ts';
export type { Addend, Candidate, ConfigTiming, LayerProbe } from './session/probe.ts';
export { InferenceSession } from './session/session.ts';
export {
  type ConvolutionTrace,
  isConvolutionTrace,
  type LayerTrace,
  type NodeTrace,
} from './session/trace.ts';
