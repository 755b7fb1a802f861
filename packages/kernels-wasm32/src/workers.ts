import type { Heap } from './heap.ts';

/** What a worker is sent: a thread of native code to be. */
interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The end of its stack, which grows downwards. */
  readonly stack: number;
  /** Of its thread-local variables. */
  readonly locals: number;
  readonly number: number;
  readonly start: number;
  readonly argument: number;
}

/** What a worker sends: native code there asks for a call on the main thread. */
export type FromWorker =
  | { readonly wake: readonly [threadsafeFunction: number, data: number, mode: number] }
  | { readonly thread: readonly [number: number, start: number, argument: number] };

/**
 * The program of a worker, as text: no bundler has to find a file for it. Of what the module imports, only what threads
 * call does something.
 */
const PROGRAM = `'use strict';
const isNode = typeof process === 'object' && typeof process.versions === 'object' && Boolean(process.versions.node);
const port = isNode ? require('node:worker_threads').parentPort : self;
const imports = {
  zeroskip: {
    start_thread: (...thread) => (port.postMessage({ thread }), 1),
    may_sleep: () => 1,
  },
  napi: { napi_call_threadsafe_function: (...wake) => (port.postMessage({ wake }), 0) },
  wasi_snapshot_preview1: {
    clock_time_get: (clock, precision, address) => {
      if (words.buffer !== memory.buffer) words = new Uint32Array(memory.buffer);
      const ns = Math.round((clock === 0 ? Date.now() : performance.now()) * 1e6);
      words[address >>> 2] = ns;
      words[(address >>> 2) + 1] = ns / 2 ** 32;
      return 0;
    },
  },
};
let memory;
let words = new Uint32Array(0);
const receive = (thread) => {
  memory = thread.memory;
  const all = {};
  for (const { module, name, kind } of WebAssembly.Module.imports(thread.module)) {
    const own = imports[module] && imports[module][name];
    const missing = () => { throw new Error('No thread may call ' + module + '.' + name + '.'); };
    (all[module] = all[module] || {})[name] = kind === 'memory' ? memory : own || missing;
  }
  const { exports } = new WebAssembly.Instance(thread.module, all);
  exports.__stack_pointer.value = thread.stack;
  exports.__wasm_init_tls(thread.locals);
  exports.zeroskip_thread(thread.number, thread.start, thread.argument);
};
if (isNode) port.once('message', receive);
else port.onmessage = (event) => receive(event.data);
`;

const STACK_BYTES = 2 ** 20;

/** A worker of Node, as far as threads need it. */
interface NodeWorker {
  postMessage(message: unknown): void;
  unref(): void;
  terminate(): unknown;
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of `node:worker_threads` that threads need; a page has workers of its own. */
export interface WorkerThreads {
  readonly Worker: new (source: string, options: { eval: boolean; name: string }) => NodeWorker;
}

function startWorker(
  message: ThreadStart,
  receive: (message: FromWorker) => void,
  fail: (cause: Error) => void,
  threads: WorkerThreads | undefined,
): { terminate(): unknown } {
  if (threads) {
    const worker = new threads.Worker(PROGRAM, { eval: true, name: 'zeroskip' });
    worker.on('message', receive);
    worker.on('error', fail);
    // It lives as long as the process.
    worker.unref();
    worker.postMessage(message);
    return worker;
  }
  const worker = new Worker(URL.createObjectURL(new Blob([PROGRAM], { type: 'text/javascript' })));
  worker.onmessage = (event: MessageEvent<FromWorker>) => receive(event.data);
  worker.onerror = (event) => fail(new Error(event.message));
  worker.postMessage(message);
  return worker;
}

/** What threads need of the module that the main thread runs. */
export interface MainModule {
  readonly module: WebAssembly.Module;
  readonly heap: Heap;
  /** Bytes of a thread's own variables, and what their address is a multiple of. */
  readonly localBytes: number;
  readonly localAlignment: number;
  /** Calls a function of Node-API for a thread. */
  wake(threadsafeFunction: number, data: number, mode: number): void;
  /** A thread ended by a trap; it was to do something that nobody else will. */
  fail(cause: Error): void;
}

/** Workers that live as long as the page or process, or until a trap. */
export class Workers {
  readonly #main: MainModule;
  readonly #started: { terminate(): unknown }[] = [];
  readonly #threads: WorkerThreads | undefined;

  constructor(main: MainModule, threads: WorkerThreads | undefined) {
    this.#main = main;
    this.#threads = threads;
  }

  start(number: number, start: number, argument: number): void {
    const { module, heap, localBytes, localAlignment } = this.#main;
    const stack = heap.allocate(STACK_BYTES + 16 + localBytes + localAlignment);
    const locals = Math.ceil((stack + STACK_BYTES + 16) / localAlignment) * localAlignment;
    const message: ThreadStart = {
      module,
      memory: heap.memory,
      // 64-bit atomics on a stack that is not aligned would trap.
      stack: Math.floor((stack + STACK_BYTES) / 16) * 16,
      locals,
      number,
      start,
      argument,
    };
    this.#started.push(startWorker(message, (each) => this.#receive(each), this.#main.fail, this.#threads));
  }

  /** Ends them, wherever they are. */
  end(): void {
    for (const worker of this.#started.splice(0)) worker.terminate();
  }

  #receive(message: FromWorker): void {
    if ('wake' in message) this.#main.wake(...message.wake);
    else this.start(...message.thread);
  }
}
