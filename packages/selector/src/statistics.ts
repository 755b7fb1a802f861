/** Middle value; the mean of the two middle ones for an even number. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

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
 * Confidence interval (95 %) of `cost(a) / cost(b)`: the bootstrap's percentiles, with each input resampled
 * by itself. The same samples give the same interval.
 */
export function costRatioInterval(a: SampleSets, b: SampleSets): Interval {
  const random = randomSource(1);
  const scratch = new Float64Array(Math.max(...[...a, ...b].map((samples) => samples.length)));
  const resampledCost = (sets: SampleSets) =>
    sets.reduce((sum, samples) => sum + resampledMedian(samples, random, scratch), 0);
  const ratios = Float64Array.from({ length: RESAMPLES }, () => resampledCost(a) / resampledCost(b)).sort();
  const tail = Math.floor((RESAMPLES * (1 - CONFIDENCE)) / 2);
  return { low: ratios[tail]!, high: ratios[RESAMPLES - 1 - tail]! };
}
