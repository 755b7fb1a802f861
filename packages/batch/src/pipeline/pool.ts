import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ZeroskipError } from '@zeroskip/tensor';
import type { EngineSettings, Failure, Outcome, Reply, Request, WorkItem } from './protocol.ts';

/** This code's file: in CommonJS `import.meta` is empty. */
const ownFile = import.meta.url ? fileURLToPath(import.meta.url) : __filename;
/** Beside it, in the same form: TypeScript in this repository's tests, a module of either kind where it is built. */
const workerFile = new URL(`./worker${extname(ownFile)}`, pathToFileURL(ownFile));

/** What a thread has at once: the files of one group are read while it computes on another. */
const GROUPS_IN_FLIGHT = 2;

const toError = ({ code, message }: Failure) => new ZeroskipError(message, { code });

type Answer = { readonly outcomes: readonly Outcome[] } | { readonly size: number };
type Question = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A worker thread with its network. */
class Thread {
  readonly ready: Promise<void>;
  /** Why it answers no more. */
  ended: Error | undefined;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(settings: EngineSettings) {
    this.#worker = new Worker(workerFile, { workerData: settings });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: Reply) => {
        if ('ready' in reply) resolve();
        else if ('unready' in reply) onEnd(toError(reply.unready));
        else this.#settle(reply);
      });
      const onEnd = (error: Error) => {
        this.ended ??= error;
        reject(this.ended);
        for (const waiting of this.#waiting.values()) waiting.reject(this.ended);
        this.#waiting.clear();
      };
      this.#worker.on('error', onEnd);
      this.#worker.on('exit', (status) => {
        const received = `its end with status ${status}`;
        const expected = 'an answer';
        onEnd(
          new ZeroskipError(`Expected ${expected} of a worker thread, received ${received}.`, {
            code: 'ERR_NATIVE',
            expected,
            received,
          }),
        );
      });
    });
    // It may end before anybody waits for it.
    this.ready.catch(() => undefined);
  }

  get load(): number {
    return this.#waiting.size;
  }

  #settle(reply: Extract<Reply, { id: number }>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    waiting?.resolve(reply);
  }

  ask(question: Question): Promise<Answer> {
    if (this.ended) return Promise.reject(this.ended);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...question });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Worker threads with one network each, which share out what is to be done. */
export class Pool {
  readonly settings: EngineSettings;
  readonly #threads: Thread[] = [];
  readonly #free: (() => void)[] = [];

  constructor(settings: EngineSettings) {
    this.settings = settings;
  }

  get workers(): number {
    return this.#threads.length;
  }

  /** Groups of items that keep all threads busy. */
  get capacity(): number {
    return GROUPS_IN_FLIGHT * this.#threads.length;
  }

  /**
   * Starts threads until there are `count`.
   * @throws what keeps the network from being loaded
   */
  async grow(count: number): Promise<void> {
    const added = Array.from({ length: Math.max(0, count - this.workers) }, () => new Thread(this.settings));
    this.#threads.push(...added);
    await Promise.all(added.map(({ ready }) => ready));
  }

  #replaceEnded(): void {
    for (const [i, thread] of this.#threads.entries()) {
      if (thread.ended === undefined) continue;
      void thread.end();
      this.#threads[i] = new Thread(this.settings);
    }
  }

  async #thread(): Promise<Thread> {
    for (;;) {
      this.#replaceEnded();
      const idlest = this.#threads.reduce((a, b) => (b.load < a.load ? b : a));
      if (idlest.load < GROUPS_IN_FLIGHT) return idlest;
      await new Promise<void>((resolve) => this.#free.push(resolve));
    }
  }

  async #ask(question: Question): Promise<Answer> {
    const thread = await this.#thread();
    try {
      return await thread.ask(question);
    } finally {
      this.#free.shift()?.();
    }
  }

  /** Runs the network once for all items; what ends a thread is an outcome of each. */
  async run(items: readonly WorkItem[], size: number): Promise<readonly Outcome[]> {
    const start = performance.now();
    try {
      const answer = await this.#ask({ kind: 'run', items, size });
      return (answer as Extract<Answer, { outcomes: unknown }>).outcomes;
    } catch (error) {
      const failure: Failure = { code: 'ERR_NATIVE', message: (error as Error).message };
      return items.map(() => ({ ms: performance.now() - start, failure }));
    }
  }

  /** The number of images that a run takes best; see `bestBatchSize`. */
  async batchSize(items: readonly WorkItem[]): Promise<number> {
    const answer = await this.#ask({ kind: 'measure', items });
    return (answer as Extract<Answer, { size: unknown }>).size;
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}
