export type Point = readonly [x: number, y: number];

/** A straight line, and the share of the variance of y that it explains. */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
  readonly r2: number;
}

export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The line of least squares. Its slope is not finite where all points have one x. */
export function leastSquares(points: readonly Point[]): Line {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  const varianceX = mean(points.map(([x]) => (x - meanX) ** 2));
  const varianceY = mean(points.map(([, y]) => (y - meanY) ** 2));
  const slope = covariance / varianceX;
  return { intercept: meanY - slope * meanX, slope, r2: covariance ** 2 / (varianceX * varianceY) };
}
