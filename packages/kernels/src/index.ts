export type {
  ActivationName,
  AlgorithmInfo,
  BinaryFunction,
  ConvTiming,
  ParameterInfo,
  ResizeAxis,
  StepTrace,
  TargetInfo,
  UnaryFunction,
  View,
} from './addon.ts';
export { algorithm, algorithms, selectTarget, targets } from './algorithms.ts';
export {
  type Activation,
  Convolution,
  type ConvolutionOptions,
  convolve,
  denseView,
  refusal,
} from './convolution.ts';
export { loadAddon, platformId } from './load-addon.ts';
export { nativeFormat, nativeFormats } from './native-formats.ts';
export { type ExecuteOptions, Program, ProgramRun, type Step } from './program.ts';
