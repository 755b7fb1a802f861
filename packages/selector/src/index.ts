export { type Accuracy, accuracies, scattered } from '@zeroskip/kernels';
export { median } from '@zeroskip/tensor';
export { type Config, configKey, defaultConfigs, neighbours, REFERENCE, type Verdict } from './candidates.ts';
export { choose, type Rated } from './choose.ts';
export {
  defaultRules,
  hopeful,
  type Measured,
  nextStep,
  type Rules,
  ranking,
  refinements,
  type Step,
} from './decide.ts';
export { descriptorEstimate, type Estimate, type LayerGeometry } from './estimate.ts';
export { type EstimateOptions, estimatePlan } from './estimate-plan.ts';
export { type Agreement, agreement, explainLayer } from './explain.ts';
export { type GuardFacts, guardOf } from './guard.ts';
export {
  type Conclusion,
  type ConfigTimes,
  LayerStudy,
  type MeasurableLayer,
  type StudyLimits,
  type StudyState,
} from './layer-study.ts';
export { type Machine, type MachineDifference, machineDifferences } from './machine.ts';
export {
  type CandidateTimes,
  checkPlan,
  type Guard,
  type LayerChoice,
  type Objective,
  type Plan,
  type PlanLayer,
  parsePlan,
  type Refusal,
  readPlan,
  type Settlement,
  writePlan,
} from './plan.ts';
export {
  type CalibrationInput,
  type LayerProfile,
  type PlanOptions,
  type SelectOptions,
  type SelectProgress,
  select,
} from './select.ts';
export { foreignPart, readState, type SelectionIdentity, type SelectState } from './select-state.ts';
export {
  cost,
  costRatioInterval,
  type Interval,
  medianInterval,
  type SampleSets,
} from './statistics.ts';
