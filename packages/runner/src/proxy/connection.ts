import type { WasmSource } from '@zeroskip/kernels';
import { ZeroskipError } from '@zeroskip/tensor';
import { errorOf, type FromWorker, type ToWorker } from './messages.ts';
import type { Calls } from './worker.ts';

/** What is used of a browser's `Worker`. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  terminate(): void;
  onmessage: ((event: { readonly data: never }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

/** How workers are started. */
export interface ProxyOptions {
  /** Of the program `@zeroskip/runner/worker`, as a module; found beside this code without. */
  readonly worker?: () => WorkerLike;
  /** Of the kernels as WebAssembly, as for `prepareAddon`. */
  readonly module?: WasmSource;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: ((event: never) => void) | undefined;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: never) => void) | undefined;
  /** Memory that the argument need not be copied from. */
  readonly transfer?: readonly ArrayBuffer[];
}

declare const Worker: new (url: URL, options: { readonly type: 'module' }) => WorkerLike;

const besideThisCode = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

let options: ProxyOptions = {};

/**
 * Says how workers are started from now on, where bundlers cannot know it.
 * @example prepareProxy({ worker: () => new Worker('/assets/worker.js', { type: 'module' }) })
 */
export function prepareProxy(given: ProxyOptions): void {
  options = given;
}

/** Addresses are relative to the page, not to the worker's program. */
export const absolute = <T>(from: T | string) =>
  typeof from === 'string' ? new URL(from, globalThis.location.href).href : from;

/** A worker and the calls that wait for it. */
export class Connection {
  readonly #worker: WorkerLike;
  readonly #waiting = new Map<number, Waiting>();
  /** Of a module that was named: nothing is done without it. */
  readonly #prepared: Promise<void>;
  #calls = 0;
  #isEnded = false;

  constructor() {
    const { worker = besideThisCode, module } = options;
    this.#worker = worker();
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = ({ message }) =>
      this.#fail(message || 'its program could not be loaded: docs/platforms/browsers.md');
    this.#prepared = module === undefined ? Promise.resolve() : this.#post('prepare', absolute(module));
    this.#prepared.catch(() => undefined);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  async call<N extends keyof Calls>(
    name: N,
    argument: Parameters<Calls[N]>[0],
    options: CallOptions = {},
  ): Promise<Awaited<ReturnType<Calls[N]>>> {
    await this.#prepared;
    return this.#post(name, argument, options);
  }

  async #post<N extends keyof Calls>(
    name: N,
    argument: Parameters<Calls[N]>[0],
    { signal, onEvent, transfer = [] }: CallOptions = {},
  ): Promise<Awaited<ReturnType<Calls[N]>>> {
    signal?.throwIfAborted();
    if (this.#isEnded) throw this.#ended('it has ended');
    const id = ++this.#calls;
    const post = (message: ToWorker, memory = transfer) => this.#worker.postMessage(message, memory);
    const abort = () => post({ id, isAborted: true }, []);
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise<Awaited<ReturnType<Calls[N]>>>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject, onEvent });
        post({ id, call: name, argument });
      });
    } catch (error) {
      throw signal?.aborted && (error as Error).name === 'AbortError' ? signal.reason : error;
    } finally {
      this.#waiting.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends the worker, which gives its memory back. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#worker.terminate();
  }

  #ended(received: string): ZeroskipError {
    const expected = 'the worker of this session to run';
    return new ZeroskipError(`Expected ${expected}, received: ${received}.`, {
      code: 'ERR_NATIVE',
      expected,
      received,
    });
  }

  /** An error that the worker's program did not catch: nothing in it can be relied upon. */
  #fail(reason: string): void {
    this.end();
    for (const { reject } of this.#waiting.values()) reject(this.#ended(reason));
  }

  #receive(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if ('event' in message) waiting?.onEvent?.(message.event as never);
    else if ('failure' in message) {
      waiting?.reject(errorOf(message.failure));
      // A trap: sessions of this worker are lost, and the next one gets another.
      if (message.failure.code === 'ERR_NATIVE') this.#fail(message.failure.message);
    } else waiting?.resolve(message.result as never);
  }
}
