import { milliseconds } from '../../report/figures.ts';
import { table } from '../../report/table.ts';
import type { BenchComparison } from './comparison.ts';

/** What `zeroskip compare` prints. */
export function compareText({ contenders, reference, differences }: BenchComparison, failOn: number): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = contenders.map(({ name, threads, before, after, ratio, interval, change }) => [
    name,
    String(threads),
    milliseconds(before),
    milliseconds(after),
    ratio.toFixed(3),
    `${interval.low.toFixed(3)}–${interval.high.toFixed(3)}`,
    change,
  ]);
  return [
    ...differences.map((difference) => `The machines differ: ${difference}.`),
    table(
      [
        { title: 'contender', elastic: true },
        right('threads'),
        right('first, ms'),
        right('second, ms'),
        right('ratio'),
        right('95 %'),
        { title: `beyond ${Number((100 * failOn).toFixed(2))} %` },
      ],
      rows,
    ),
    reference === undefined
      ? 'Ratios are of times.'
      : `Ratios are of times as parts of ${reference}'s in the same run: what slowed the machine is left out.`,
  ].join('\n');
}
