import { median } from '@zeroskip/selector';
import { IN_FLOAT32 } from '../../peers/onnxruntime-float32.ts';
import { factor, milliseconds, orDash, percent } from '../../report/figures.ts';
import { layerColumns } from '../../report/layer-columns.ts';
import { type Column, elastic, left, right, shorten, table } from '../../report/table.ts';
import { percentile } from '../../statistics.ts';
import { choicesOf } from '../../trial/contender.ts';
import type { Timed } from './report.ts';
import { type LayerRow, loweredRatio, savedShare, storedRatio } from './rows.ts';

const LONGEST_KERNEL = 11;

/** The slowest layers, the slowest first. */
export function slowest(rows: readonly LayerRow[], count: number): LayerRow[] {
  return [...rows].sort((a, b) => b.ms - a.ms).slice(0, count);
}

/** What became of a layer, in milliseconds and against im2col. */
export const savingsColumn = right('savings', (row: LayerRow) => orDash(savedShare(row), percent));
export const ratioColumn = right('CR', (row: LayerRow) => orDash(loweredRatio(row), factor));
export const storedColumn = (title: string) =>
  right(title, (row: LayerRow) => orDash(storedRatio(row), factor));
export const timeColumn = right('ms', ({ ms }: LayerRow) => milliseconds(ms));

/** One line per layer, in the order given. */
export function layerTable(rows: readonly LayerRow[]): string {
  return table(rows, [
    ...layerColumns(LONGEST_KERNEL),
    left('algorithm', ({ algorithm }) => shorten(algorithm, 9)),
    timeColumn,
    savingsColumn,
    ratioColumn,
    storedColumn('stored'),
  ]);
}

/** A network's times in milliseconds, without the contender's name. */
export function networkColumns(): Column<Timed>[] {
  const time = (title: string, value: (samplesMs: readonly number[]) => number) =>
    right<Timed>(title, ({ samplesMs }) => milliseconds(value(samplesMs)));
  return [
    right('threads', ({ threads }) => String(threads)),
    right('runs', ({ samplesMs }) => String(samplesMs.length)),
    time('median', median),
    time('min', (samplesMs) => Math.min(...samplesMs)),
    time('p5', (samplesMs) => percentile(samplesMs, 0.05)),
    time('p95', (samplesMs) => percentile(samplesMs, 0.95)),
  ];
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
  return table(contenders, [
    elastic('whole network, ms', ({ name }) => name),
    ...networkColumns(),
    ...references.map((name) =>
      right(`vs ${heading(name)}`, (contender: Timed) => timesFaster(contender, name, contenders)),
    ),
  ]);
}
