import { median } from '@zeroskip/selector';
import { IN_FLOAT32 } from '../../peers/onnxruntime-float32.ts';
import { percentile } from '../../percentile.ts';
import { factor, milliseconds } from '../../report/figures.ts';
import { shorten, table } from '../../report/table.ts';
import { choicesOf } from '../../trial/contender.ts';

interface Timed {
  readonly name: string;
  readonly threads: number;
  readonly samplesMs: readonly number[];
}

/** Titles and cells of a network's times in milliseconds, without the contender's name. */
export const networkColumns = ['threads', 'runs', 'median', 'min', 'p5', 'p95'] as const;

export function networkCells({ threads, samplesMs }: Timed): string[] {
  const figures = [
    median(samplesMs),
    Math.min(...samplesMs),
    percentile(samplesMs, 0.05),
    percentile(samplesMs, 0.95),
  ];
  return [String(threads), String(samplesMs.length), ...figures.map(milliseconds)];
}

/** How many times faster `contender` is than the one of the name `reference` on as many threads. */
export function timesFaster(contender: Timed, reference: string, all: readonly Timed[]): string {
  const other = all.find(({ name, threads }) => name === reference && threads === contender.threads);
  return other === undefined ? '–' : factor(median(other.samplesMs) / median(contender.samplesMs));
}

/** A reference's name, short enough for three of them. */
function heading(name: string): string {
  return name === IN_FLOAT32 ? 'float32' : shorten(choicesOf(name) ?? name, 18);
}

/** Whole-network times, with how many times faster each contender is than each of `references` (names). */
export function networkTable(contenders: readonly Timed[], references: readonly string[]): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'whole network, ms', elastic: true },
    ...networkColumns.map(right),
    ...references.map((name) => right(`vs ${heading(name)}`)),
  ];
  const rows = contenders.map((contender) => [
    contender.name,
    ...networkCells(contender),
    ...references.map((reference) => timesFaster(contender, reference, contenders)),
  ]);
  return table(columns, rows);
}
