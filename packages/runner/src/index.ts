export { Tensor } from '@zeroskip/tensor';
export { modelHash } from './model/hash.ts';
export { defaultLimits, type Limits } from './model/limits.ts';
export {
  type CheckOptions,
  checkModel,
  type Execution as OperatorExecution,
  type InputUse,
  type ModelReport,
  type OperatorUse,
  type WeightReport,
} from './session/check-model.ts';
export type {
  ExternalDataFile,
  Feeds,
  Fetches,
  LoadProgress,
  NodeMetadata,
  OutputMetadata,
  Results,
  RunOptions,
  SessionOptions,
  ValueMetadata,
} from './session/options.ts';
export type {
  Addend,
  Candidate,
  ConfigTiming,
  ConvolutionConfig,
  LayerProbe,
  PlannedConvolution,
} from './session/probe.ts';
export { InferenceSession } from './session/session.ts';
export {
  type ConvolutionTrace,
  isConvolutionTrace,
  type LayerTrace,
  type NodeTrace,
} from './session/trace.ts';
