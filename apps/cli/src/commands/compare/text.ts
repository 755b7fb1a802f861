import { milliseconds } from '../../report/figures.ts';
import { elastic, left, right, table } from '../../report/table.ts';
import type { BenchComparison } from './comparison.ts';

/** What `zeroskip compare` prints. */
export function compareText({ contenders, reference, differences }: BenchComparison, failOn: number): string {
  return [
    ...differences.map((difference) => `The machines differ: ${difference}.`),
    table(contenders, [
      elastic('contender', ({ name }) => name),
      right('threads', ({ threads }) => String(threads)),
      right('first, ms', ({ before }) => milliseconds(before)),
      right('second, ms', ({ after }) => milliseconds(after)),
      right('ratio', ({ ratio }) => ratio.toFixed(3)),
      right('95 %', ({ interval: { low, high } }) => `${low.toFixed(3)}–${high.toFixed(3)}`),
      left(`beyond ${Number((100 * failOn).toFixed(2))} %`, ({ change }) => change),
    ]),
    reference === undefined
      ? 'Ratios are of times.'
      : `Ratios are of times as parts of ${reference}'s in the same run: what slowed the machine is left out.`,
  ].join('\n');
}
