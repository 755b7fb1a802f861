import { comparisonLines } from '../../report/comparison-table.ts';
import { milliseconds, percent } from '../../report/figures.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { type Column, elastic, left, right, shorten, table } from '../../report/table.ts';
import { type DensityFit, densityFits, densitySweeps } from './density-fit.ts';
import type { LayersReport } from './measure.ts';

/** A line through the medians of a sparse algorithm, beside the fastest dense one. */
export const fitColumns: readonly Column<DensityFit>[] = [
  elastic('layer', ({ layer }) => layer),
  left('algorithm', ({ algorithm }) => algorithm),
  right('at density 0', ({ interceptMs }) => `${milliseconds(interceptMs)} ms`),
  right('for density 1, more', ({ slopeMs }) => `${milliseconds(slopeMs)} ms`),
  right('r²', ({ r2 }) => r2.toFixed(4)),
  right('dense', ({ dense }) => `${milliseconds(dense.ms)} ms (${dense.algorithm})`),
  right('at 0 of dense', ({ interceptMs, dense }) => percent(interceptMs / dense.ms)),
];

function fitLines(fits: readonly DensityFit[]): string[] {
  if (fits.length === 0) return [];
  const heading = 'Lines through the medians of sparse algorithms, against density:';
  return ['', heading, '', table(fits, fitColumns)];
}

/** What `zeroskip layers` prints: at most 100 columns wide. */
export function layersText({ environment, shapes, left, comparison }: LayersReport): string {
  const without = left === 0 ? '' : `; ${left} convolutions without a density left out (see --density)`;
  return [
    ...machineLines(environment),
    `Shapes       ${shorten(shapes, 30)}${without}`,
    '',
    ...comparisonLines(comparison),
    ...fitLines(densitySweeps(comparison.layers).flatMap(densityFits)),
  ].join('\n');
}
