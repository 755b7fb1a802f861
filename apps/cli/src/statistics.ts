export type Point = readonly [x: number, y: number];

/** A straight line, and the share of the variance of y that it explains. */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
  readonly r2: number;
}

export const sumOf = <T>(items: readonly T[], value: (item: T) => number) =>
  items.reduce((total, item) => total + value(item), 0);

export const sum = (values: readonly number[]) => sumOf(values, (value) => value);

export const mean = (values: readonly number[]) => sum(values) / values.length;

/** The value below which `share` of the values lie, between its two neighbours in proportion. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

/** Time savings against another time: `1 - t / t(other)`. */
export function savings(ms: number, otherMs: number): number {
  return 1 - ms / otherMs;
}

/** The line of least squares. Its slope is not finite where all points have one x. */
export function leastSquares(points: readonly Point[]): Line {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  const varianceX = mean(points.map(([x]) => (x - meanX) ** 2));
  const varianceY = mean(points.map(([, y]) => (y - meanY) ** 2));
  const slope = covariance / varianceX;
  return { intercept: meanY - slope * meanX, slope, r2: covariance ** 2 / (varianceX * varianceY) };
}
