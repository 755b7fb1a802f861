import { freemem } from 'node:os';

/** Worker threads, the threads of each run in them, and the images of a run. */
export interface Layout {
  readonly workers: number;
  readonly threads: number;
}

/** How work is spread over cores, and what was measured for it. */
export interface Choice extends Layout {
  readonly batchSize: number;
  /** Every layout that was measured; empty where the source ended before, or nothing was left to choose. */
  readonly measured: readonly (Layout & { readonly imagesPerSecond: number })[];
}

/** What is tried on so many cores: a run on each, some runs of some threads, one run on all. */
export function layoutsOf(cores: number): Layout[] {
  const threads = [...new Set([1, Math.round(Math.sqrt(cores)), cores])];
  return threads.map((count) => ({ workers: Math.max(1, Math.floor(cores / count)), threads: count }));
}

/** The share of free memory that worker threads may take. */
const USABLE = 0.8;

/** Bytes that this process may still take: in a container, what its limit leaves. */
function availableBytes(): number {
  const { availableMemory } = process as { availableMemory?: () => number };
  return availableMemory?.() ?? freemem();
}

/**
 * Worker threads for which memory is there.
 * @param wanted at most
 * @param bytes that one has taken
 */
export function affordable(wanted: number, bytes: number): number {
  return Math.max(1, Math.min(wanted, 1 + Math.floor((USABLE * availableBytes()) / Math.max(1, bytes))));
}
