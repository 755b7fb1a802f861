import { assertInteger, median, rangeError, released } from '@zeroskip/tensor';
import type { MeterKind, NativeMeter } from './addon.ts';
import { loadAddon } from './load-addon.ts';

/** What a meter does: multiply-adds in registers, or passes over memory of a given size. */
export type MeterWork =
  | { readonly kind: 'fma' }
  | {
      readonly kind: Exclude<MeterKind, 'fma'>;
      /** Of all arrays of one thread together; at least one block of 1 KiB for each array. */
      readonly bytes: number;
    };

export interface MeterOptions {
  readonly threads: number;
  /**
   * How long a slice takes, about, in milliseconds. Default 3 for one thread, 20 for several: Linux may wake a thread
   * on a processor that is busy and move it only milliseconds later (two threads then reach half their peak).
   */
  readonly sliceMs?: number;
}

/** Rates of the slices in 10⁹ per second: operations for `fma` (GFLOP/s), bytes otherwise (GB/s). */
export interface MeterRates {
  readonly kind: MeterKind;
  readonly threads: number;
  /** Of memory per thread; 0 for `fma`. */
  readonly bytes: number;
  /** In the order in which they were taken. */
  readonly slices: readonly number[];
  readonly median: number;
  readonly max: number;
}

/**
 * Measures what this machine can do at most, in short slices that fit between the runs of a benchmark: a peak
 * that was taken in the same seconds has met the same neighbours and the same clock.
 *
 * `fma` counts two operations for each multiply-add, with vectors of the instruction set in use; `read` counts
 * the bytes that it reads; `triad` (a = b + s · c) 12 for each element, as STREAM does. Holds native memory until
 * `release()`.
 */
export class Meter {
  readonly work: MeterWork;
  readonly threads: number;
  /** Of each slice. */
  readonly loops: number;
  /** Operations or bytes of a loop, all threads together. */
  readonly workPerLoop: number;
  readonly #slices: number[] = [];
  #native: NativeMeter | undefined;

  private constructor(work: MeterWork, threads: number, native: NativeMeter, loops: number) {
    this.work = work;
    this.threads = threads;
    this.#native = native;
    this.loops = loops;
    this.workPerLoop = loadAddon().meterWork(native);
  }

  /** Makes the arrays and finds how many loops fill a slice. */
  static async create(
    work: MeterWork,
    { threads, sliceMs = threads === 1 ? 3 : 20 }: MeterOptions,
  ): Promise<Meter> {
    assertInteger('threads', threads, 1, 1024);
    if (!(sliceMs > 0 && sliceMs <= 10_000)) throw rangeError('sliceMs', 'above 0, at most 10000', sliceMs);
    const kinds = ['fma', 'read', 'triad'];
    if (!kinds.includes(work.kind)) throw rangeError('work.kind', `one of ${kinds.join(', ')}`, work.kind);
    if (work.kind !== 'fma') assertInteger('work.bytes', work.bytes, 1, 2 ** 40);
    const addon = loadAddon();
    const native = await addon.createMeter(work.kind, work.kind === 'fma' ? 0 : work.bytes, threads);
    return new Meter(work, threads, native, await loopsFor(sliceMs / 1000, (n) => addon.runMeter(native, n)));
  }

  /** Measures once more. */
  async slice(): Promise<number> {
    if (!this.#native) throw released('meter');
    const seconds = await loadAddon().runMeter(this.#native, this.loops);
    const rate = (this.loops * this.workPerLoop) / seconds / 1e9;
    this.#slices.push(rate);
    return rate;
  }

  /** All slices so far. */
  get rates(): MeterRates {
    const slices = [...this.#slices];
    return {
      kind: this.work.kind,
      threads: this.threads,
      bytes: this.work.kind === 'fma' ? 0 : this.work.bytes,
      slices,
      median: median(slices),
      max: Math.max(...slices),
    };
  }

  /** Frees the arrays. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseMeter(this.#native);
    this.#native = undefined;
  }
}

/** Loops that take about `seconds`. The shorter of two runs counts, as the longer may have been interrupted. */
async function loopsFor(seconds: number, run: (loops: number) => Promise<number>): Promise<number> {
  for (let loops = 1; ; loops *= 2) {
    const taken = Math.min(await run(loops), await run(loops));
    if (taken >= seconds / 4) return Math.max(1, Math.round((loops * seconds) / taken));
  }
}
