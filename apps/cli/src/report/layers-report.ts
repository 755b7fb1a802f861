import type { Comparison } from '../layer-comparison.ts';
import type { EngineVersions, Environment } from '../machine.ts';
import { comparisonLines } from './comparison-table.ts';
import { machineLines } from './machine-lines.ts';
import { shorten } from './table.ts';

/** What `zeroskip layers --json` writes. */
export interface LayersReport {
  readonly environment: Environment & EngineVersions;
  /** The file. */
  readonly shapes: string;
  /** Convolutions that were left out, as the file has no density for them. */
  readonly left: number;
  readonly comparison: Comparison;
}

/** What `zeroskip layers` prints: at most 100 columns wide. */
export function layersText({ environment, shapes, left, comparison }: LayersReport): string {
  const without = left === 0 ? '' : `; ${left} convolutions without a density left out (see --density)`;
  return [
    ...machineLines(environment),
    `Shapes       ${shorten(shapes, 30)}${without}`,
    '',
    ...comparisonLines(comparison),
  ].join('\n');
}
