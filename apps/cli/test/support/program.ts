import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonPath } from '@zeroskip/kernels';
import { bundle } from '@zeroskip/test-utils/bundle';

export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const workerThread = join(packageRoot, '..', '..', 'packages', 'batch', 'src', 'pipeline', 'worker.ts');
/** Found from where the program is. */
const external = ['sharp', 'bullmq', 'ioredis', 'prom-client', '@aws-sdk/client-s3'];

export interface Started {
  readonly child: ChildProcess;
  readonly end: Promise<Ended>;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The program of this package's sources, in a folder of this package. */
export class Program {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async build(): Promise<void> {
    const entry = { main: join(packageRoot, 'src', 'main.ts'), worker: workerThread };
    await bundle(entry, this.#folder, 'esm', { external });
  }

  /**
   * Starts a command in a process group of its own, as a shell makes one.
   * @param onOutput called with what it has printed so far
   */
  start(args: readonly string[], onOutput: (out: string) => void = () => undefined): Started {
    const child = spawn(process.execPath, [join(this.#folder, 'main.mjs'), ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', ZEROSKIP_ADDON: addonPath() },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
      onOutput(out);
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    const end = once(child, 'close').then(([status, signal]) => ({ status, signal, out, err }));
    return { child, end };
  }
}
