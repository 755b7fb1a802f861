export type {
  AlgorithmInfo,
  ConvTiming,
  MeterKind,
  ParameterInfo,
  StepTrace,
  TargetInfo,
} from './addon.ts';
export { type Accuracy, accuracies, algorithm, algorithms, selectTarget, targets } from './algorithms.ts';
export { viewStrides } from './checks.ts';
export {
  Convolution,
  type ConvolutionOptions,
  refusal,
  weightsFitAll,
} from './convolution.ts';
export { convolve } from './convolve.ts';
export {
  type Activation,
  type ActivationName,
  type BinaryFunction,
  definitionOf,
  type ElementwiseInstruction,
  elementwiseLimits,
  isActivation,
  type Unary,
  type UnaryFunction,
} from './elementwise.ts';
export {
  convolveEncoded,
  type EncodedConvolutionOptions,
  type EncodedResult,
  type EncodeOptions,
  encodableFormats,
  encodeMap,
} from './encoded/encoded.ts';
export type { PaperSamples } from './encoded/native-patterns.ts';
export { type PaperLayer, timePaperMethods } from './encoded/paper-methods.ts';
export {
  type AlgorithmEstimate,
  type CoreRates,
  coreRates,
  estimateMs,
  estimates,
  type MapStatistics,
  mapStatistics,
  nominalRates,
  scattered,
} from './estimate.ts';
export { addonPath, loadAddon, platformId, prepareAddon, type WasmSource } from './load-addon.ts';
export { usableThreads } from './machine/platform.ts';
export { type MachineRates, type MeasureMachineOptions, measureMachine } from './measure-machine.ts';
export { Meter, type MeterOptions, type MeterRates, type MeterWork } from './meter.ts';
export { chainRefusal, MAX_CHAIN } from './program/chain.ts';
export { Arena, Constants, committed, widenFloat16 } from './program/memory.ts';
export type { RecurrentKind, Reduction, ResizeAxis, View } from './program/native-step.ts';
export { Program } from './program/program.ts';
export { Reads } from './program/reads.ts';
export { type ExecuteOptions, ProgramRun } from './program/run.ts';
export { denseView, type QuantizedConvStep, type Step } from './program/step.ts';
export {
  type QuantizedBytes,
  QuantizedConvolution,
  type QuantizedOptions,
  type QuantizedResult,
} from './quantized.ts';
