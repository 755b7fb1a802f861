export { prepareAddon, type WasmSource } from '@zeroskip/kernels';
export {
  defaultLimits,
  type ExternalDataFile,
  type FileSource,
  type Form,
  type LayerClass,
  type LayerClasses,
  type LayerDescription,
  type Limits,
  type LoadProgress,
} from '@zeroskip/onnx';
export { Tensor } from '@zeroskip/tensor';
export type { ConvolutionConfig, PlannedConvolution } from './compile/algorithm-choice.ts';
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
export type { Value } from './values/value.ts';
