export { Tensor } from '@zeroskip/tensor';
export {
  type CheckOptions,
  checkModel,
  type Execution as OperatorExecution,
  type InputUse,
  type ModelReport,
  type OperatorUse,
  type WeightReport,
} from './check-model.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { modelHash } from './model-hash.ts';
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
} from './options.ts';
export type {
  Addend,
  Candidate,
  ConfigTiming,
  ConvolutionConfig,
  LayerProbe,
  PlannedConvolution,
} from './probe.ts';
export { InferenceSession } from './session.ts';
export { type ConvolutionTrace, isConvolutionTrace, type LayerTrace, type NodeTrace } from './trace.ts';
