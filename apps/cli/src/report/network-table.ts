import { median } from '@zeroskip/selector';
import type { Samples } from '../trial.ts';
import { factor, milliseconds } from './figures.ts';
import { shorten, table } from './table.ts';

/** Whole-network times, with how many times faster each contender is than each of `references`. */
export function networkTable(contenders: readonly Samples[], references: readonly Samples[]): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'whole network', elastic: true },
    ...['threads', 'runs', 'median ms', 'min ms', 'max ms'].map(right),
    ...references.map(({ name }) => right(`vs ${shorten(name, 18)}`)),
  ];
  const rows = contenders.map(({ name, threads, samplesMs }) => [
    name,
    String(threads),
    String(samplesMs.length),
    milliseconds(median(samplesMs)),
    milliseconds(Math.min(...samplesMs)),
    milliseconds(Math.max(...samplesMs)),
    ...references.map((reference) => factor(median(reference.samplesMs) / median(samplesMs))),
  ]);
  return table(columns, rows);
}
