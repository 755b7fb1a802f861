import type { Comparison } from '../../layers/comparison.ts';
import type { EngineVersions, Environment } from '../../machine.ts';
import { comparisonLines } from '../../report/comparison-table.ts';
import { milliseconds, percent } from '../../report/figures.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { shorten, table } from '../../report/table.ts';
import { type DensityFit, densityFits, densitySweeps } from './density-fit.ts';

/** What `zeroskip layers --json` writes. */
export interface LayersReport {
  readonly environment: Environment & EngineVersions;
  /** The file. */
  readonly shapes: string;
  /** Convolutions that were left out, as the file has no density for them. */
  readonly left: number;
  /** Whether Ctrl-C ended the timing early. */
  readonly interrupted: boolean;
  readonly comparison: Comparison;
}

const right = (title: string) => ({ title, align: 'right' as const });

/** Titles of `fitCells`. */
export const fitTitles = [
  'layer',
  'algorithm',
  'at density 0',
  'for density 1, more',
  'r²',
  'dense',
  'at 0 of dense',
] as const;

export function fitCells({ layer, algorithm, interceptMs, slopeMs, r2, dense }: DensityFit): string[] {
  return [
    layer,
    algorithm,
    `${milliseconds(interceptMs)} ms`,
    `${milliseconds(slopeMs)} ms`,
    r2.toFixed(4),
    `${milliseconds(dense.ms)} ms (${dense.algorithm})`,
    percent(interceptMs / dense.ms),
  ];
}

function fitLines(fits: readonly DensityFit[]): string[] {
  if (fits.length === 0) return [];
  const columns = fitTitles.map((title) =>
    title === 'layer' ? { title, elastic: true } : title === 'algorithm' ? { title } : right(title),
  );
  return [
    '',
    'Lines through the medians of sparse algorithms, against density:',
    '',
    table(columns, fits.map(fitCells)),
  ];
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
