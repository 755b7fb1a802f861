/** Calls of a worker's functions, over its messages: progress on the way, and cancellation. */

export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface Context {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

type Handler = (argument: never, context: Context) => unknown;
export type Handlers = Readonly<Record<string, Handler>>;
type Argument<H extends Handler> = Parameters<H>[0];
type Value<H extends Handler> = Awaited<ReturnType<H>>;

type ToWorker =
  | { readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly id: number; readonly isCancelled: true };

interface Failure {
  readonly name: string;
  readonly message: string;
  /** Of the runner's errors, after which a session stays usable. */
  readonly code: string | undefined;
}

type FromWorker = { readonly id: number } & (
  | { readonly progress: Progress }
  | { readonly failure: Failure }
  | { readonly value: unknown }
);

/** What a page is told of an error in a worker. */
export class WorkerError extends Error {
  readonly code: string | undefined;

  constructor({ name, message, code }: Failure) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

/** Answers the calls of the page, in a worker. */
export function answer(handlers: Handlers): void {
  const running = new Map<number, AbortController>();
  const post = (message: FromWorker) => postMessage(message);

  async function call(id: number, name: string, argument: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const progress = (each: Progress) => post({ id, progress: each });
    try {
      const value = await handlers[name]!(argument as never, { signal: controller.signal, progress });
      post({ id, value });
    } catch (error) {
      const { name: kind = 'Error', message = String(error), code } = error as Partial<Failure>;
      post({ id, failure: { name: kind, message, code } });
    } finally {
      running.delete(id);
    }
  }

  addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
    if ('isCancelled' in data) running.get(data.id)?.abort();
    else call(data.id, data.name, data.argument);
  });
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly progress: ((progress: Progress) => void) | undefined;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (progress: Progress) => void;
  /** Whether a cancelled call ends the worker, as it cannot end by itself. */
  readonly endsWorker?: boolean;
}

/** A worker from the page's side. It starts with the first call, and again with one after it ended. */
export class Client<H extends Handlers> {
  readonly #start: () => Worker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #calls = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  async call<N extends keyof H & string>(
    name: N,
    argument: Argument<H[N]>,
    { signal, progress, endsWorker = false }: CallOptions = {},
  ): Promise<Value<H[N]>> {
    signal?.throwIfAborted();
    const worker = this.#worker ?? this.#started();
    const id = ++this.#calls;
    const cancel = () =>
      endsWorker ? this.end(signal!.reason) : worker.postMessage({ id, isCancelled: true });
    signal?.addEventListener('abort', cancel);
    try {
      return await new Promise<Value<H[N]>>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject, progress });
        worker.postMessage({ id, name, argument });
      });
    } finally {
      this.#waiting.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends the worker, and the calls that wait for it. */
  end(reason: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(reason);
  }

  #started(): Worker {
    const worker = this.#start();
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.#receive(data));
    worker.addEventListener('error', ({ message }) =>
      this.end(new Error(`The worker failed: ${message || 'its program could not be loaded'}.`)),
    );
    this.#worker = worker;
    return worker;
  }

  #receive(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if ('progress' in message) waiting?.progress?.(message.progress);
    else if ('failure' in message) waiting?.reject(new WorkerError(message.failure));
    else waiting?.resolve(message.value as never);
  }
}
