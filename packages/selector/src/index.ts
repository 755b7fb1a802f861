export { type Config, configKey, defaultConfigs, neighbours, REFERENCE, type Verdict } from './candidates.ts';
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
export { type ConfigTimes, LayerStudy, type MeasurableLayer, type StudyLimits } from './layer-study.ts';
export { type Machine, type MachineDifference, machineDifferences } from './machine.ts';
export {
  type CandidateTimes,
  checkPlan,
  type LayerChoice,
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
  type SelectOptions,
  type SelectProgress,
  select,
} from './select.ts';
export { cost, costRatioInterval, type Interval, median, type SampleSets } from './statistics.ts';
