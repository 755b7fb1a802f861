import { median } from '@zeroskip/selector';
import { comparisonLines } from '../../report/comparison-table.ts';
import { factor, percent, scientific } from '../../report/figures.ts';
import { lines } from '../../report/lines.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { elastic, left, right, shorten, table, WIDTH, wrap } from '../../report/table.ts';

import { sum } from '../../statistics.ts';
import { isOff, offSentences, type Verification } from '../../trial/verification.ts';
import { type BenchReport, referenceNames } from './report.ts';
import type { LayerRow } from './rows.ts';
import { layerTable, networkTable, slowest } from './tables.ts';

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
    refused > 0 &&
    `Baseline     im2col, but direct for groups of one channel, which it refuses (${refused} of ${layers.length} layers)`;
  if (claims === undefined) return lines(baseline);
  const { sparseShare, savings, cr, storedCr, workspaceCr } = claims;
  return lines(
    baseline,
    `Savings      ${percent(savings.all)} against im2col, encoding included, on the ${claims.layers} layers together that are`,
    `             neither pointwise nor grouped; on each ${percent(savings.median)} in the median, ${percent(savings.max)} at most`,
    `Sparse       ${percent(sparseShare)} of these layers skip zeros and beat im2col`,
    `CR           ${factor(cr.all)} on these together, ${factor(cr.max)} at most (im2col's bytes ÷ bytes that the products read)`,
    storedCr.layers > 0 &&
      `Stored       ${factor(storedCr.all)}, ${factor(storedCr.max)} at most (÷ bytes of the input in the algorithm's format, ${storedCr.layers} layers)`,
    `Workspace    ${factor(workspaceCr)} smaller at its peak than im2col's largest matrix`,
  );
}

/** Lines about all convolutions together. */
function totals(report: BenchReport): string[] {
  const { layers, restMs } = report;
  const rest = median(restMs);
  const all = rest + sum(layers.map(({ ms }) => ms));
  const checked = layers.flatMap(({ exactness }) => exactness ?? []);
  const exact = checked.filter(({ ofBound }) => ofBound <= 1).length;
  const largest = Math.max(...checked.map(({ ofBound }) => ofBound));
  return lines(
    `Algorithms   ${choices(layers)}`,
    `Other steps  ${(100 * (rest / all)).toFixed(1)} % of the time, copying inputs and outputs included`,
    checked.length > 0 && [
      `Exact        ${exact} of ${checked.length} layers that were compared with sums in double precision, on ${checked[0]!.outputs} outputs`,
      `             each: the largest difference is ${percent(largest)} of the bound γ_K·Σ|x·w| of rounding to float32`,
    ],
    claimLines(report),
  );
}

/** The subject's outputs, and those of other contenders that are off. */
function verificationTable(verification: readonly Verification[], subject: string): string {
  const shown = verification.filter((entry) => entry.contender === subject || isOff(entry));
  return table(shown, [
    elastic('output', ({ output }) => output),
    left('of', ({ contender }) => shorten(contender, 20)),
    left('against', ({ against }) => shorten(against, 20)),
    right('largest difference', ({ maxAbsDiff }) => scientific(maxAbsDiff)),
    right('largest value', ({ maxAbs }) => maxAbs.toPrecision(3)),
  ]);
}

/** What `zeroskip bench` prints: at most 100 columns wide. */
export function benchText(report: BenchReport): string {
  const { layers, subject, verification } = report;
  const shown = Math.min(SLOWEST, layers.length);
  return lines(
    machineLines(report.environment, report.model),
    '',
    layers.length > 0 && [
      `The ${shown} slowest of ${layers.length} convolutions, ${subject}:`,
      '',
      layerTable(slowest(layers, SLOWEST)),
      '',
      ...totals(report),
      '',
    ],
    report.comparison && [...comparisonLines(report.comparison), ''],
    networkTable(report.contenders, referenceNames(report)),
    '',
    'Outputs:',
    '',
    verificationTable(verification, subject),
    offSentences(verification).map((sentence) => wrap(sentence, WIDTH)),
    '',
    'Each again, beside im2col:',
    report.contenders.map(({ command }) => `  ${command}`),
  ).join('\n');
}
