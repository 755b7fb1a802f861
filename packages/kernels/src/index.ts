export type {
  ActivationName,
  AlgorithmInfo,
  BinaryFunction,
  ConvTiming,
  MeterKind,
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
export {
  type CoreRates,
  coreRates,
  estimateMs,
  type MapStatistics,
  mapStatistics,
  nominalRates,
} from './estimate.ts';
export { addonPath, loadAddon, platformId } from './load-addon.ts';
export { type MachineRates, type MeasureMachineOptions, measureMachine } from './measure-machine.ts';
export { Meter, type MeterOptions, type MeterRates, type MeterWork } from './meter.ts';
export { type ExecuteOptions, Program, ProgramRun, type Step } from './program.ts';
