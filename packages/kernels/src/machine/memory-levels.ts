import { LINUX_CACHES, readCaches } from './caches.ts';

/** A place that data come from, with a working set that stays in it. */
export interface MemoryLevel {
  /** `L1`, `L2`, …, `DRAM`; the working set's size where the system does not tell its caches. */
  readonly name: string;
  /** Of the working set of each thread. */
  readonly bytes: number;
}

/** Small enough for any first level, then for most second and third ones, then larger than most. */
const USUAL_SIZES = [16 * 2 ** 10, 128 * 2 ** 10, 4 * 2 ** 20, 256 * 2 ** 20];
/** So that memory is measured even where a cache is small. */
const LEAST_MEMORY = 128 * 2 ** 20;

function sizeName(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}

/**
 * Working sets for `threads` threads: half of each cache, divided among the threads that share it, and four
 * times the last cache for DRAM. Linux tells its caches; elsewhere the sizes are usual ones and named as such.
 * @param folder where Linux describes the caches of a processor
 */
export function memoryLevels(threads: number, folder = LINUX_CACHES): MemoryLevel[] {
  const caches = readCaches(folder);
  const last = caches.at(-1);
  if (last === undefined) return USUAL_SIZES.map((bytes) => ({ name: sizeName(bytes), bytes }));
  return [
    ...caches.map(({ level, bytes, sharers }) => ({
      name: `L${level}`,
      bytes: Math.floor(bytes / 2 / Math.min(threads, sharers)),
    })),
    { name: 'DRAM', bytes: Math.floor(Math.max(LEAST_MEMORY, 4 * last.bytes) / threads) },
  ];
}
