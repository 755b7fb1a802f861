import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Cache {
  readonly level: number;
  readonly bytes: number;
  /** Processors that share it. */
  readonly sharers: number;
}

export const LINUX_CACHES = '/sys/devices/system/cpu/cpu0/cache';

/** The number of processors in a list such as `0-3,8`. */
function countOf(list: string): number {
  return list
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((count, [first, last = first]) => count + last! - first! + 1, 0);
}

/** Data caches of the first processor, smallest first; none where there is no such folder. */
export function readCaches(folder: string): Cache[] {
  let entries: string[];
  try {
    entries = readdirSync(folder).filter((name) => /^index\d+$/.test(name));
  } catch {
    return [];
  }
  const read = (entry: string, file: string) => readFileSync(join(folder, entry, file), 'utf8').trim();
  return entries
    .filter((entry) => read(entry, 'type') !== 'Instruction')
    .map((entry) => ({
      level: Number(read(entry, 'level')),
      bytes: Number.parseInt(read(entry, 'size'), 10) * 1024,
      sharers: countOf(read(entry, 'shared_cpu_list')),
    }))
    .sort((a, b) => a.level - b.level);
}
