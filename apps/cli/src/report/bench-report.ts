import type { MachineRates } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import type { Claims } from '../claims.ts';
import { BASELINE, zeroskipName } from '../contender.ts';
import type { Comparison } from '../layer-comparison.ts';
import { chosenBytes, type LayerRow } from '../layer-rows.ts';
import type { EngineVersions, Environment } from '../machine.ts';
import type { Verification } from '../verification.ts';
import { comparisonLines } from './comparison-table.ts';
import { factor, percent, scientific } from './figures.ts';
import { layerTable, slowest } from './layer-table.ts';
import { machineLines } from './machine-lines.ts';
import { networkTable } from './network-table.ts';
import { shorten, table } from './table.ts';

/** What `zeroskip bench --json` writes. Times are in milliseconds. */
export interface BenchReport {
  readonly environment: Environment & EngineVersions;
  readonly model: { readonly path: string; readonly sha256: string };
  readonly inputs: readonly string[];
  /** In the order of the table; the raw samples, in the order in which they were taken. */
  readonly contenders: readonly {
    readonly name: string;
    readonly threads: number;
    readonly samplesMs: readonly number[];
    /** Times this contender again, beside im2col. */
    readonly command: string;
  }[];
  /** The contender whose choices `layers` shows. */
  readonly subject: string;
  /** Whether Ctrl-C ended the timing early. */
  readonly interrupted: boolean;
  readonly layers: readonly LayerRow[];
  /** What the subject did beside its convolutions, copying inputs and outputs included; one value per sample. */
  readonly restMs: readonly number[];
  /** Absent for a network of pointwise convolutions only. */
  readonly claims?: Claims;
  /** With `--layers`: raw samples of each layer by every contender. */
  readonly comparison?: Comparison;
  /** With `--html`: what the machine can do at most, on as many threads. */
  readonly roofs?: MachineRates;
  readonly verification: readonly Verification[];
}

const SLOWEST = 15;

function choices(layers: readonly LayerRow[]): string {
  const counts = new Map<string, number>();
  for (const { algorithm } of layers) counts.set(algorithm, (counts.get(algorithm) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted
    .map(([algorithm, count]) => `${algorithm} ${percent(count / layers.length)} (${count})`)
    .join(', ');
}

/** Lines about all convolutions together. */
function totals({ layers, claims, restMs }: BenchReport): string[] {
  const lowered = layers.filter((row) => chosenBytes(row) !== undefined);
  const rest = median(restMs);
  const all = rest + layers.reduce((sum, { ms }) => sum + ms, 0);
  const lines = [
    `Algorithms   ${choices(layers)}`,
    `Other steps  ${(100 * (rest / all)).toFixed(1)} % of the time, copying inputs and outputs included`,
  ];
  const checked = layers.flatMap(({ exactness }) => exactness ?? []);
  const exact = checked.filter(({ ofBound }) => ofBound <= 1).length;
  if (checked.length > 0) {
    const largest = Math.max(...checked.map(({ ofBound }) => ofBound));
    lines.push(
      `Exact        ${exact} of ${checked.length} layers that were compared with sums in double precision, on ${checked[0]!.outputs} outputs`,
      `             each: the largest difference is ${percent(largest)} of the bound γ_K·Σ|x·w| of rounding to float32`,
    );
  }
  if (claims === undefined) return lines;
  const { layers: spatial, sparseShare, savings, cr, allSavings, workspaceCr } = claims;
  return [
    ...lines,
    `Savings      ${percent(allSavings)} of all convolutions' time against im2col, encoding included`,
    `CR           ${cr.all === 0 ? '–' : factor(cr.all)} (im2col bytes ÷ bytes of the chosen formats, ${lowered.length} layers together)`,
    `Workspace    ${factor(workspaceCr)} smaller at its peak than im2col's largest matrix`,
    `Spatial      of ${spatial} layers that are not pointwise, ${percent(sparseShare)} skip zeros and beat im2col;`,
    `             savings ${percent(savings.median)} in the median, ${percent(savings.max)} at most; CR ${cr.max === 0 ? '–' : `${factor(cr.max)} at most`}`,
  ];
}

function verificationTable(verification: readonly Verification[], contender: string): string {
  const own = verification.filter((entry) => entry.contender === contender);
  const columns = [
    { title: 'output', elastic: true },
    { title: 'against' },
    { title: 'largest difference', align: 'right' as const },
    { title: 'largest value', align: 'right' as const },
  ];
  const rows = own.map(({ output, against, maxAbsDiff, maxAbs }) => [
    output,
    shorten(against, 25),
    scientific(maxAbsDiff),
    maxAbs.toPrecision(3),
  ]);
  return table(columns, rows);
}

/** What the others are compared with. */
export function referenceNames({ contenders, environment }: BenchReport): string[] {
  const names = [...new Set(contenders.map(({ name }) => name))];
  return names.filter((name) => name === zeroskipName(BASELINE) || Object.hasOwn(environment.peers, name));
}

/** What `zeroskip bench` prints: at most 100 columns wide. */
export function benchText(report: BenchReport): string {
  const { layers, subject, verification } = report;
  const shown = Math.min(SLOWEST, layers.length);
  const share =
    layers.length === 0
      ? []
      : [
          `The ${shown} slowest of ${layers.length} convolutions, ${subject}:`,
          '',
          layerTable(slowest(layers, SLOWEST)),
          '',
          ...totals(report),
          '',
        ];
  return [
    ...machineLines(report.environment, report.model),
    '',
    ...share,
    ...(report.comparison === undefined ? [] : [...comparisonLines(report.comparison), '']),
    networkTable(report.contenders, referenceNames(report)),
    '',
    `Outputs of ${subject}:`,
    '',
    verificationTable(verification, subject),
    '',
    'Each again, beside im2col:',
    ...report.contenders.map(({ command }) => `  ${command}`),
  ].join('\n');
}
