import { type DensityFit, densityFits, densitySweeps } from '../density-fit.ts';
import type { Comparison } from '../layer-comparison.ts';
import type { EngineVersions, Environment } from '../machine.ts';
import { comparisonLines } from './comparison-table.ts';
import { milliseconds, percent } from './figures.ts';
import { machineLines } from './machine-lines.ts';
import { shorten, table } from './table.ts';

/** What `zeroskip layers --json` writes. */
export interface LayersReport {
  readonly environment: Environment & EngineVersions;
  /** The file. */
  readonly shapes: string;
  /** Convolutions that were left out, as the file has no density for them. */
  readonly left: number;
  readonly comparison: Comparison;
}

const right = (title: string) => ({ title, align: 'right' as const });

function fitLines(fits: readonly DensityFit[]): string[] {
  if (fits.length === 0) return [];
  const columns = [
    { title: 'layer', elastic: true },
    { title: 'algorithm' },
    right('at density 0'),
    right('for density 1, more'),
    right('r²'),
    right('dense'),
    right('at 0 of dense'),
  ];
  const rows = fits.map(({ layer, algorithm, interceptMs, slopeMs, r2, dense }) => [
    layer,
    algorithm,
    `${milliseconds(interceptMs)} ms`,
    `${milliseconds(slopeMs)} ms`,
    r2.toFixed(4),
    `${milliseconds(dense.ms)} ms (${dense.algorithm})`,
    percent(interceptMs / dense.ms),
  ]);
  return ['', 'Lines through the medians of sparse algorithms, against density:', '', table(columns, rows)];
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
