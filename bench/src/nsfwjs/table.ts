import { median } from '@zeroskip/tensor';
import type { Answer } from './engines.ts';

/** What an engine took, photo by photo, in turns with the others. */
export interface Timing {
  readonly name: string;
  readonly isZeroskip: boolean;
  readonly ms: readonly number[];
}

/** @returns the largest difference of a number; infinite for other names, or another order of them */
export function answerDifference(a: Answer, b: Answer): number {
  const isSame = a.length === b.length && a.every(({ label }, i) => label === b[i]!.label);
  if (!isSame) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...a.map(({ value }, i) => Math.abs(value - b[i]!.value)));
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
