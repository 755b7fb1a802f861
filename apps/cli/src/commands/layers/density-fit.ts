import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { type LayerComparison, type OwnTimes, timesOf } from '../../layers/comparison.ts';
import { byName } from '../../layers/shape.ts';
import { leastSquares, mean } from '../../statistics.ts';

/** How the time of one sparse algorithm on one shape grows with the density: `interceptMs + slopeMs · density`. */
export interface DensityFit {
  readonly layer: string;
  readonly algorithm: string;
  readonly interceptMs: number;
  readonly slopeMs: number;
  /** Share of the variance of the medians that the line explains. */
  readonly r2: number;
  /** The fastest dense algorithm's median, over all densities, and its name. */
  readonly dense: { readonly algorithm: string; readonly ms: number };
}

/** A shape at several densities. */
export interface DensitySweep {
  readonly layer: string;
  readonly runs: readonly LayerComparison[];
}

/** Fewer points make no line. */
const LEAST_DENSITIES = 3;

/** The layers that were timed at enough densities. */
export function densitySweeps(layers: readonly LayerComparison[]): DensitySweep[] {
  return [...byName(layers)].flatMap(([layer, runs]) =>
    new Set(runs.map(({ density }) => density)).size < LEAST_DENSITIES ? [] : [{ layer, runs }],
  );
}

/** The times of one contender, by density; none where another algorithm stood in for it. */
export function sweepPoints({ runs }: DensitySweep, own: OwnTimes): [density: number, ms: number][] {
  return runs.flatMap((run) => {
    const times = timesOf(run, own.contender);
    return times.algorithm === own.algorithm ? [[run.density, median(times.samplesMs)]] : [];
  });
}

/** Least squares over the medians. */
export function densityFits(sweep: DensitySweep): DensityFit[] {
  const contenders = sweep.runs[0]!.own.filter(
    (times, i, all) => all.findIndex((other) => other.algorithm === times.algorithm) === i,
  );
  const isSparse = (times: OwnTimes) => algorithm(times.algorithm).sparse;
  const [dense] = contenders
    .filter((times) => !isSparse(times))
    .map((times) => ({ algorithm: times.algorithm, ms: mean(sweepPoints(sweep, times).map(([, ms]) => ms)) }))
    .sort((a, b) => a.ms - b.ms);
  return contenders.filter(isSparse).map((times) => {
    const { intercept, slope, r2 } = leastSquares(sweepPoints(sweep, times));
    const line = { interceptMs: intercept, slopeMs: slope, r2 };
    return { layer: sweep.layer, algorithm: times.algorithm, ...line, dense: dense! };
  });
}
