import { median } from '@zeroskip/tensor';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The median of samples drawn with replacement; sorts by insertion, as the samples are few. */
function resampledMedian(samples: readonly number[], random: () => number, scratch: Float64Array): number {
  const { length } = samples;
  for (let i = 0; i < length; i++) {
    const value = samples[Math.floor(random() * length)]!;
    let slot = i;
    for (; slot > 0 && scratch[slot - 1]! > value; slot--) scratch[slot] = scratch[slot - 1]!;
    scratch[slot] = value;
  }
  const middle = length >> 1;
  return length % 2 === 1 ? scratch[middle]! : (scratch[middle - 1]! + scratch[middle]!) / 2;
}

/** Samples of one candidate, one list per calibration input. */
export type SampleSets = readonly (readonly number[])[];

/** A candidate's cost: the sum over the inputs of the median of its samples. */
export function cost(sets: SampleSets): number {
  return sets.reduce((sum, samples) => sum + median(samples), 0);
}

const RESAMPLES = 400;
const CONFIDENCE = 0.95;

/**
 * Confidence interval (95 %) of a statistic of the medians of several lists of samples: the bootstrap's percentiles,
 * with each list resampled by itself. The same samples give the same interval.
 */
export function medianInterval(
  lists: SampleSets,
  statistic: (medians: readonly number[]) => number,
): Interval {
  const random = randomSource(1);
  const scratch = new Float64Array(Math.max(...lists.map((samples) => samples.length)));
  const values = Float64Array.from({ length: RESAMPLES }, () =>
    statistic(lists.map((samples) => resampledMedian(samples, random, scratch))),
  ).sort();
  const tail = Math.floor((RESAMPLES * (1 - CONFIDENCE)) / 2);
  return { low: values[tail]!, high: values[RESAMPLES - 1 - tail]! };
}

/** Confidence interval (95 %) of `cost(a) / cost(b)`. */
export function costRatioInterval(a: SampleSets, b: SampleSets): Interval {
  const sum = (medians: readonly number[]) => medians.reduce((total, value) => total + value, 0);
  return medianInterval(
    [...a, ...b],
    (medians) => sum(medians.slice(0, a.length)) / sum(medians.slice(a.length)),
  );
}
