import { type Interval, machineDifferences, median, medianInterval } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import type { BenchReport } from '../bench/report.ts';

export type Change = 'slower' | 'faster' | 'equal';

/** One contender in two reports. */
export interface ContenderChange {
  readonly name: string;
  readonly threads: number;
  /** Medians, in milliseconds. */
  readonly before: number;
  readonly after: number;
  /** Time after ÷ time before, both as parts of the reference's where there is one. */
  readonly ratio: number;
  /** 95 %, of the ratio. */
  readonly interval: Interval;
  readonly change: Change;
}

export interface BenchComparison {
  /** The engine of the same version in both reports: what slowed it slowed all. */
  readonly reference?: string;
  readonly contenders: readonly ContenderChange[];
  /** What differs between the machines, in words. */
  readonly differences: readonly string[];
}

type Contenders = BenchReport['contenders'];

function samplesOf(contenders: Contenders, name: string, threads: number): readonly number[] | undefined {
  return contenders.find((contender) => contender.name === name && contender.threads === threads)?.samplesMs;
}

/** A peer of one version that both reports timed on as many threads as each contender of the first. */
function referenceOf(before: BenchReport, after: BenchReport): string | undefined {
  const { peers } = before.environment;
  return Object.keys(peers).find(
    (name) =>
      peers[name] === after.environment.peers[name] &&
      before.contenders.every(({ threads }) =>
        [before, after].every(({ contenders }) => samplesOf(contenders, name, threads) !== undefined),
      ),
  );
}

/**
 * Compares the whole-network times of two reports of one model. A contender is slower, or faster, when its ratio lies
 * beyond `tolerance` (a share) with a confidence of 95 %.
 * @throws with code `ERR_INVALID_ARGUMENT` for reports of two models, or without a common contender
 */
export function compareReports(before: BenchReport, after: BenchReport, tolerance: number): BenchComparison {
  if (before.model.sha256 !== after.model.sha256) {
    throw rangeError(
      'the second report',
      `one of model ${before.model.sha256}`,
      `one of ${after.model.sha256}`,
    );
  }
  const reference = referenceOf(before, after);
  const contenders = before.contenders.flatMap(({ name, threads, samplesMs }): ContenderChange[] => {
    const later = samplesOf(after.contenders, name, threads);
    if (later === undefined || name === reference) return [];
    const unit = [before, after].map(({ contenders: all }) =>
      reference === undefined ? [1] : samplesOf(all, reference, threads)!,
    );
    const ratio = ([a, b, unitA, unitB]: readonly number[]) => b! / unitB! / (a! / unitA!);
    const lists = [samplesMs, later, unit[0]!, unit[1]!];
    const interval = medianInterval(lists, ratio);
    return [
      {
        name,
        threads,
        before: median(samplesMs),
        after: median(later),
        ratio: ratio(lists.map(median)),
        interval,
        change: interval.low > 1 + tolerance ? 'slower' : interval.high < 1 - tolerance ? 'faster' : 'equal',
      },
    ];
  });
  if (contenders.length === 0) {
    const names = before.contenders.map(({ name }) => name);
    throw rangeError('the second report', `one of the contenders ${names.join(', ')}`, 'none of them');
  }
  const differences = machineDifferences(before.environment, after.environment);
  return {
    ...(reference !== undefined && { reference }),
    contenders,
    differences: differences.map(
      ({ field, there, here }) => `${field} ${there} in the first, ${here} in the second`,
    ),
  };
}
