import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** A program that has ended. */
export interface Timed {
  readonly seconds: number;
  /** MiB that were resident, four times a second. */
  readonly residentMib: readonly number[];
  readonly out: string;
}

/** MiB that a process has in memory; undefined once it has ended. */
function residentMib(pid: number): number | undefined {
  try {
    const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** Runs a Node program from start to end. */
export async function timed(args: readonly string[]): Promise<Timed> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  const samples: number[] = [];
  const sampling = setInterval(() => {
    const sample = residentMib(child.pid!);
    if (sample !== undefined) samples.push(sample);
  }, 250);
  const [status] = await once(child, 'close');
  clearInterval(sampling);
  if (status !== 0) throw new Error(`Expected ${args.join(' ')} to end with status 0, received ${status}.`);
  return { seconds: (performance.now() - start) / 1000, residentMib: samples, out };
}
