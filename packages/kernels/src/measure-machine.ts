import { assertInteger } from '@zeroskip/tensor';
import { targets } from './algorithms.ts';
import { type MemoryLevel, memoryLevels } from './machine/memory-levels.ts';
import { Meter, type MeterRates, type MeterWork } from './meter.ts';

export interface MeasureMachineOptions {
  /** Numbers of threads to measure with. */
  readonly threads: readonly number[];
  /** Slices of each kind. Default 15. */
  readonly rounds?: number;
  readonly sliceMs?: number;
  readonly onProgress?: (progress: { done: number; total: number; what: string }) => void;
}

/** The two roofs of a machine. */
export interface MachineRates {
  /** The instruction set in use. */
  readonly target: string;
  /** GFLOP/s of multiply-adds in registers, for each number of threads. */
  readonly fma: readonly MeterRates[];
  /** GB/s, by working set, then number of threads, then kind. */
  readonly memory: readonly (MeterRates & { readonly level: string })[];
}

/** Measures all of `meters` in turn, `rounds` times. */
async function measure(
  works: readonly { work: MeterWork; threads: number }[],
  rounds: number,
  sliceMs: number | undefined,
): Promise<MeterRates[]> {
  const meters: Meter[] = [];
  try {
    for (const { work, threads } of works) {
      meters.push(await Meter.create(work, { threads, ...(sliceMs === undefined ? {} : { sliceMs }) }));
    }
    for (let round = 0; round < rounds; round++) for (const meter of meters) await meter.slice();
    return meters.map(({ rates }) => rates);
  } finally {
    for (const meter of meters) meter.release();
  }
}

/**
 * Measures the peak of multiply-adds and the bandwidth of each level of memory, off the main thread. Kinds and
 * numbers of threads take turns, so that what disturbs one disturbs all.
 */
export async function measureMachine({
  threads,
  rounds = 15,
  sliceMs,
  onProgress,
}: MeasureMachineOptions): Promise<MachineRates> {
  assertInteger('rounds', rounds, 1, 100_000);
  for (const [i, count] of threads.entries()) assertInteger(`threads[${i}]`, count, 1, 1024);
  const levels = threads.map((count) => memoryLevels(count));
  const names = levels[0]?.map(({ name }) => name) ?? [];
  const total = names.length + 1;
  onProgress?.({ done: 0, total, what: 'multiply-adds' });
  const fma = await measure(
    threads.map((count) => ({ work: { kind: 'fma' } as const, threads: count })),
    rounds,
    sliceMs,
  );
  const memory: (MeterRates & { level: string })[] = [];
  for (const [i, level] of names.entries()) {
    onProgress?.({ done: i + 1, total, what: level });
    const works = threads.flatMap((count, t) => {
      const { bytes } = levels[t]![i] as MemoryLevel;
      return (['read', 'triad'] as const).map((kind) => ({ work: { kind, bytes }, threads: count }));
    });
    for (const rates of await measure(works, rounds, sliceMs)) memory.push({ ...rates, level });
  }
  onProgress?.({ done: total, total, what: '' });
  return { target: targets().find(({ selected }) => selected)!.name, fma, memory };
}
