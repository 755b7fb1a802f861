import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { timed } from './timed.ts';

const PORT = 7391;
const url = `redis://127.0.0.1:${PORT}`;

/** Waits for words; what it prints later is read, too, as a program without a reader ends. */
function says(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (text) => {
      if (String(text).includes(words)) resolve();
    });
    child.once('exit', () => reject(new Error(`Expected "${words}" of ${child.spawnargs.join(' ')}.`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/**
 * Images per second of one worker and of two, which have loaded the network before. Each is held to a core of its own,
 * as if that were its machine: one thread decodes and computes, but others collect garbage and read files beside it.
 * @param run the arguments of "zeroskip batch" with an output of that name
 */
export async function queueRates(
  zeroskip: string,
  folder: string,
  count: number,
  run: (output: string) => readonly string[],
): Promise<number[]> {
  const data = join(folder, 'redis');
  await mkdir(data, { recursive: true });
  const options = ['--port', String(PORT), '--bind', '127.0.0.1', '--save', '', '--dir', data];
  const redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await says(redis, 'Ready to accept connections');
    const rates: number[] = [];
    for (const workers of [1, 2]) {
      const args = [process.execPath, zeroskip, 'worker', '--queue', url, '--threads', '1'];
      const children = Array.from({ length: workers }, (_, core) =>
        spawn('taskset', ['--cpu-list', String(core), ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
      );
      await Promise.all(children.map((child) => says(child, 'Waiting for jobs')));
      const queued = (output: string) => timed([...run(output), '--queue', url, '--files-per-job', '8']);
      await queued(`warm-${workers}`);
      const { seconds } = await queued(`queue-${workers}`);
      rates.push(count / seconds);
      await Promise.all(children.map(end));
      for (const output of ['warm', 'queue'])
        await rm(join(folder, `${output}-${workers}`), { recursive: true });
    }
    return rates;
  } finally {
    await end(redis);
  }
}
