import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { unexpected } from '@zeroskip/tensor';
import { fileError } from '../files.ts';

/** How often a holder says that it is alive, and after how long of silence another machine takes it for dead. */
const [BEAT_MS, SILENCE_MS] = [20_000, 90_000];

interface Holder {
  readonly host: string;
  readonly pid: number;
}

/** Whether a process of this machine runs, and is another one than this: containers give out numbers anew. */
function runs({ pid }: Holder): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

async function isAlive(path: string, holder: Holder | undefined): Promise<boolean> {
  if (holder?.host === hostname()) return runs(holder);
  const beat = await stat(path).catch(() => undefined);
  return beat !== undefined && Date.now() - beat.mtimeMs < SILENCE_MS;
}

/** A file that one process holds at a time, as long as it is alive. */
export class Lock {
  readonly #path: string;
  readonly #beat: NodeJS.Timeout;

  private constructor(path: string) {
    this.#path = path;
    this.#beat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, BEAT_MS);
    this.#beat.unref();
  }

  /**
   * @param what it is held for, in errors
   * @throws with code `ERR_FILE` while another process holds it
   */
  static async take(path: string, what: string): Promise<Lock> {
    const own: Holder = { host: hostname(), pid: process.pid };
    for (;;) {
      try {
        await writeFile(path, JSON.stringify(own), { flag: 'wx' });
        return new Lock(path);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
          throw fileError('a writable file', what, path, cause);
        }
      }
      const holder = await holderOf(path);
      if (await isAlive(path, holder)) {
        const received = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
        throw unexpected('ERR_FILE', what, `no other run that writes to it (${path})`, received);
      }
      await rm(path, { force: true });
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#beat);
    await rm(this.#path, { force: true });
  }
}
