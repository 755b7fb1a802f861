import { median } from '@zeroskip/tensor';
import type { Classes } from './engines.ts';

/** What an engine took, photo by photo, in turns with the others. */
export interface Timing {
  readonly name: string;
  readonly isZeroskip: boolean;
  readonly ms: readonly number[];
}

/** @returns the largest difference of a probability; infinite for other classes, or an other order of them */
export function classDifference(a: Classes, b: Classes): number {
  const isSame = a.length === b.length && a.every(({ className }, i) => className === b[i]!.className);
  if (!isSame) return Number.POSITIVE_INFINITY;
  return Math.max(...a.map(({ probability }, i) => Math.abs(probability - b[i]!.probability)));
}

/** Medians, and the quotient of medians: above 1 the best of Zeroskip's is faster. */
export function timingTable(timings: readonly Timing[]): string {
  const best = Math.min(...timings.filter(({ isZeroskip }) => isZeroskip).map(({ ms }) => median(ms)));
  const rows = timings.map(({ name, ms }) => {
    const value = median(ms);
    return `| ${name} | ${value.toFixed(1)} | ${Math.min(...ms).toFixed(1)} | ${(value / best).toFixed(2)}× |`;
  });
  return ['| engine | median, ms | least, ms | ratio |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
