import type { MachineRates } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import type { Comparison } from '../../layers/comparison.ts';
import type { EngineVersions, Environment } from '../../machine.ts';
import { comparisonLines } from '../../report/comparison-table.ts';
import { factor, percent, scientific } from '../../report/figures.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { shorten, table, WIDTH } from '../../report/table.ts';
import { wrap } from '../../report/wrap.ts';
import { BASELINE, zeroskipName } from '../../trial/contender.ts';
import { isOff, offSentences, type Verification } from '../../trial/verification.ts';
import type { Claims } from './claims.ts';
import { layerTable, slowest } from './layer-table.ts';
import { networkTable } from './network-table.ts';
import type { LayerRow } from './rows.ts';

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
  /** Absent for a network of pointwise and grouped convolutions only. */
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

/** Lines about the layers that the claims are of. */
function claimLines({ layers, claims }: BenchReport): string[] {
  const refused = layers.filter(({ im2colMs }) => im2colMs === undefined).length;
  const baseline =
    refused === 0
      ? []
      : [
          `Baseline     im2col, but direct for groups of one channel, which it refuses (${refused} of ${layers.length} layers)`,
        ];
  if (claims === undefined) return baseline;
  const { sparseShare, savings, cr, storedCr, workspaceCr } = claims;
  return [
    ...baseline,
    `Savings      ${percent(savings.all)} against im2col, encoding included, on the ${claims.layers} layers together that are`,
    `             neither pointwise nor grouped; on each ${percent(savings.median)} in the median, ${percent(savings.max)} at most`,
    `Sparse       ${percent(sparseShare)} of these layers skip zeros and beat im2col`,
    `CR           ${factor(cr.all)} on these together, ${factor(cr.max)} at most (im2col's bytes ÷ bytes that the products read)`,
    ...(storedCr.layers === 0
      ? []
      : [
          `Stored       ${factor(storedCr.all)}, ${factor(storedCr.max)} at most (÷ bytes of the input in the algorithm's format, ${storedCr.layers} layers)`,
        ]),
    `Workspace    ${factor(workspaceCr)} smaller at its peak than im2col's largest matrix`,
  ];
}

/** Lines about all convolutions together. */
function totals(report: BenchReport): string[] {
  const { layers, restMs } = report;
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
  return [...lines, ...claimLines(report)];
}

/** The subject's outputs, and those of other contenders that are off. */
function verificationTable(verification: readonly Verification[], subject: string): string {
  const shown = verification.filter((entry) => entry.contender === subject || isOff(entry));
  const columns = [
    { title: 'output', elastic: true },
    { title: 'of' },
    { title: 'against' },
    { title: 'largest difference', align: 'right' as const },
    { title: 'largest value', align: 'right' as const },
  ];
  const rows = shown.map(({ output, contender, against, maxAbsDiff, maxAbs }) => [
    output,
    shorten(contender, 20),
    shorten(against, 20),
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
    'Outputs:',
    '',
    verificationTable(verification, subject),
    ...offSentences(verification).map((sentence) => wrap(sentence, WIDTH)),
    '',
    'Each again, beside im2col:',
    ...report.contenders.map(({ command }) => `  ${command}`),
  ].join('\n');
}
