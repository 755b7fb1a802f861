import type { AlgorithmInfo } from '@zeroskip/kernels';
import { type Config, configKey, neighbours } from './candidates.ts';
import type { Settlement } from './plan.ts';
import { cost, costRatioInterval, type SampleSets } from './statistics.ts';

/** What was measured of one configuration: milliseconds, encoding included, one list per calibration input. */
export interface Measured {
  readonly config: Config;
  readonly samples: SampleSets;
}

export interface Rules {
  /** Rounds in which a new candidate is measured before it is looked at. */
  readonly firstRounds: number;
  /** Rounds on an input before candidates are told apart by their confidence intervals. */
  readonly minRounds: number;
  /** Rounds on an input after which the decision stands as it is. */
  readonly maxRounds: number;
  /** A candidate whose fastest round is this many times slower than the fastest of all is dropped. */
  readonly hopeless: number;
  /** Other parameters are tried for algorithms within this factor of the fastest. */
  readonly refineWithin: number;
  /** A choice is settled when it loses, with confidence, at most this share against any other. */
  readonly indifference: number;
  /** Values tried for each parameter beside the present one. */
  readonly choicesPerParameter: number;
  /** Configurations measured for each algorithm. */
  readonly configsPerAlgorithm: number;
}

export const defaultRules: Rules = {
  firstRounds: 2,
  minRounds: 5,
  maxRounds: 30,
  hopeless: 1.5,
  refineWithin: 1.25,
  indifference: 0.02,
  choicesPerParameter: 3,
  configsPerAlgorithm: 10,
};

export type Step =
  | { readonly measure: readonly Config[]; readonly rounds: number }
  | { readonly end: Exclude<Settlement, 'budget'> };

function samplesOn(candidate: Measured, input: number): readonly number[] {
  return candidate.samples[input] ?? [];
}

/** The fastest round on one input; infinite before any. One slow round among few says nothing. */
function fastest(candidate: Measured, input: number): number {
  return Math.min(...samplesOn(candidate, input));
}

/** Candidates that are not hopeless on any of the first `inputs` inputs. */
export function hopeful(candidates: readonly Measured[], inputs: number, rules: Rules): Measured[] {
  const limits = Array.from(
    { length: inputs },
    (_, input) => rules.hopeless * Math.min(...candidates.map((candidate) => fastest(candidate, input))),
  );
  return candidates.filter((candidate) =>
    limits.every(
      (limit, input) => samplesOn(candidate, input).length === 0 || fastest(candidate, input) <= limit,
    ),
  );
}

/**
 * Configurations worth trying next: of each algorithm that is near the fastest on the first input, those that
 * differ from its best one in one parameter and are not among `candidates` yet.
 */
export function refinements(
  descriptors: readonly AlgorithmInfo[],
  candidates: readonly Measured[],
  rules: Rules,
): Config[] {
  const ranked = [...candidates].sort((a, b) => fastest(a, 0) - fastest(b, 0));
  const known = new Set(candidates.map(({ config }) => configKey(config)));
  return descriptors.flatMap((descriptor) => {
    const own = ranked.filter(({ config }) => config.algorithm === descriptor.id);
    const best = own[0];
    if (best === undefined || fastest(best, 0) > fastest(ranked[0]!, 0) * rules.refineWithin) return [];
    return neighbours(descriptor, best.config, rules.choicesPerParameter)
      .filter((config) => !known.has(configKey(config)))
      .slice(0, Math.max(0, rules.configsPerAlgorithm - own.length));
  });
}

/** Cost against the leader's, on the inputs that the candidate was measured on. */
export function relativeCost(candidate: Measured, leader: Measured): number {
  const inputs = candidate.samples
    .map((_, input) => input)
    .filter((input) => samplesOn(candidate, input).length > 0);
  return (
    cost(inputs.map((input) => samplesOn(candidate, input))) /
    cost(inputs.map((input) => samplesOn(leader, input)))
  );
}

/**
 * Candidates by cost, the best first. Those that were measured on all of the first `inputs` inputs come
 * before those that were dropped on the way; equals keep their order.
 */
export function ranking(candidates: readonly Measured[], inputs: number): Measured[] {
  const measured = candidates.filter((candidate) => candidate.samples.some((samples) => samples.length > 0));
  const isComplete = (candidate: Measured) =>
    Array.from({ length: inputs }, (_, input) => samplesOn(candidate, input).length).every(
      (rounds) => rounds > 0,
    );
  const complete = measured.filter(isComplete).sort((a, b) => cost(a.samples) - cost(b.samples));
  const leader = complete[0];
  if (leader === undefined) return [];
  const dropped = measured.filter((candidate) => !isComplete(candidate));
  return [...complete, ...dropped.sort((a, b) => relativeCost(a, leader) - relativeCost(b, leader))];
}

/**
 * What to do next on calibration input `input` (those before it are done), given every sample so far.
 * Newcomers are measured first; on the first input, parameters of near-best algorithms are refined; then all
 * that could still win are measured, interleaved, until the leader's loss is bounded by the indifference.
 */
export function nextStep(
  descriptors: readonly AlgorithmInfo[],
  candidates: readonly Measured[],
  input: number,
  rules: Rules,
): Step {
  const alive = hopeful(candidates, input + 1, rules);
  const rounds = (candidate: Measured) => samplesOn(candidate, input).length;
  const newcomers = alive.filter((candidate) => rounds(candidate) === 0);
  if (newcomers.length > 0) {
    return { measure: newcomers.map(({ config }) => config), rounds: rules.firstRounds };
  }
  if (input === 0) {
    const further = refinements(descriptors, candidates, rules);
    if (further.length > 0) return { measure: further, rounds: rules.firstRounds };
  }
  const [leader, ...others] = ranking(alive, input + 1);
  if (leader === undefined || others.length === 0) return { end: 'settled' };
  const fewest = Math.min(...alive.map(rounds));
  if (fewest < rules.minRounds) {
    return { measure: alive.map(({ config }) => config), rounds: rules.minRounds - fewest };
  }
  const contenders = others.filter(
    (other) => costRatioInterval(leader.samples, other.samples).high > 1 + rules.indifference,
  );
  if (contenders.length === 0) return { end: 'settled' };
  if (rounds(leader) >= rules.maxRounds) return { end: 'rounds' };
  return { measure: [leader, ...contenders].map(({ config }) => config), rounds: rules.firstRounds };
}
