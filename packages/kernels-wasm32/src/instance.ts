import { Loans, takenOver, type Use } from './arrays.ts';
import { codedError } from './coded-error.ts';
import { createContext, instantiateNapiModuleSync } from './emnapi.ts';
import { inTurns } from './execute-in-turns.ts';
import { type Allocator, Heap, sharedMemory } from './heap.ts';
import { system } from './system.ts';
import { Workers, type WorkerThreads } from './workers.ts';

type Native = (...args: unknown[]) => unknown;
type Imports = Record<string, Record<string, unknown>>;

/** The arrays among the arguments of the native functions, by their places. Others have none, or copy small ones. */
const ARRAYS: Readonly<Record<string, Readonly<Record<number, Use>>>> = {
  allWithin: { 0: 'read' },
  convolveEncoded: { 4: 'read', 5: 'filled' },
  createConstants: { 0: 'read' },
  createConvolution: { 2: 'read', 3: 'read' },
  createProgram: { 1: 'read', 2: 'read' },
  createQuantized: { 1: 'read', 3: 'read', 4: 'read', 5: 'read', 6: 'read' },
  encodeMap: { 4: 'read' },
  estimateAll: { 9: 'filled' },
  execute: { 5: 'flag', 7: 'read', 8: 'filled', 9: 'filled' },
  executeNow: { 7: 'read', 8: 'filled', 9: 'filled' },
  readArena: { 2: 'filled' },
  readEncoded: { 1: 'filled' },
  timePaperMethods: { 0: 'read', 3: 'read' },
  widenFloat16: { 0: 'read', 1: 'filled' },
  writeArena: { 2: 'read' },
};

/** Functions that result in arrays, or in what holds some. */
const MAKE_ARRAYS: ReadonlySet<string> = new Set(['timeConvolutions', 'timePaperMethods']);

/** What only modules with threads export. */
interface ThreadExports {
  readonly __tls_size: WebAssembly.Global;
  readonly __tls_align: WebAssembly.Global;
}

/** The functions that the native addon has, by WebAssembly. */
export interface WasmAddon {
  readonly [name: string]: Native;
  /** An array whose first value native code looks at while it executes. */
  readonly createFlag: () => Int32Array;
}

function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0) === 'timed-out';
  } catch {
    return false;
  }
}

/** A trap, or another error of the engine, as one with a code. */
const trapped = (cause: Error) =>
  codedError('ERR_NATIVE', 'the WebAssembly module to go on', `a trap: ${cause.message}`, cause);

/** A module that runs, until a trap. */
export interface Instance {
  readonly functions: WasmAddon;
  /** The trap that ended it: every call of its functions throws that, but for those that release something. */
  trap(): Error | undefined;
}

export function startInstance(module: WebAssembly.Module, workerThreads?: WorkerThreads): Instance {
  // Those with threads import theirs.
  const isShared = WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory');
  const memory = isShared ? sharedMemory() : undefined;
  const sleeps = isShared && maySleep();
  const pending = new Set<(error: Error) => void>();
  let heap!: Heap;
  let workers: Workers | undefined;
  let wake!: (threadsafeFunction: number, data: number, mode: number) => void;
  /** After a trap, locks may be held for ever: nothing is called any more. */
  let broken: Error | undefined;
  const fail = (cause: Error): Error => {
    if (broken) return broken;
    broken = trapped(cause);
    for (const reject of pending) reject(broken);
    workers?.end();
    return broken;
  };
  const overwriteImports = (imports: Imports): Imports => {
    wake = imports.napi!.napi_call_threadsafe_function as typeof wake;
    imports.wasi_snapshot_preview1 = system(() => heap);
    if (memory) imports.env!.memory = memory;
    imports.zeroskip = {
      may_sleep: () => Number(sleeps),
      start_thread: (...thread: [number, number, number]) => {
        try {
          workers!.start(...thread);
          return 1;
        } catch {
          return 0;
        }
      },
    };
    return imports;
  };
  const beforeInit = ({ instance }: WebAssembly.WebAssemblyInstantiatedSource) => {
    const own = instance.exports as unknown as Allocator & ThreadExports & { _initialize(): void };
    heap = new Heap(memory ?? (instance.exports.memory as WebAssembly.Memory), own);
    if (isShared) {
      const [localBytes, localAlignment] = [own.__tls_size.value, own.__tls_align.value];
      workers = new Workers({ module, heap, localBytes, localAlignment, wake, fail }, workerThreads);
    }
    own._initialize();
  };
  const { napiModule } = instantiateNapiModuleSync(module, {
    context: createContext(),
    overwriteImports: overwriteImports as (imports: WebAssembly.Imports) => WebAssembly.Imports,
    beforeInit,
  });
  const native = napiModule.exports as Record<string, Native>;

  const call = (name: string, args: unknown[]): unknown => {
    if (broken) {
      if (name.startsWith('release')) return undefined;
      throw broken;
    }
    const loans = new Loans(heap);
    const uses = ARRAYS[name] ?? {};
    // A thread that trapped may hold the allocator's lock.
    const end = () => {
      if (!broken) loans.end();
    };
    const received = (value: unknown) => {
      loans.collect();
      return MAKE_ARRAYS.has(name) ? takenOver(value, heap) : value;
    };
    let isPending = false;
    try {
      const result = native[name]!(
        ...args.map((arg, i) => (uses[i] === undefined ? arg : loans.lend(arg, uses[i]))),
      );
      if (!(result instanceof Promise)) return received(result);
      isPending = true;
      return settled(result.then(received), end);
    } catch (error) {
      throw error instanceof WebAssembly.RuntimeError ? fail(error) : error;
    } finally {
      if (!isPending) end();
    }
  };
  const settled = async (result: Promise<unknown>, end: () => void): Promise<unknown> => {
    let reject!: (error: Error) => void;
    const trap = new Promise<never>((_, rejectTrap) => {
      reject = rejectTrap;
    });
    pending.add(reject);
    try {
      return await Promise.race([result, trap]);
    } finally {
      pending.delete(reject);
      end();
    }
  };

  const functions = Object.fromEntries(
    Object.keys(native).map((name) => [name, (...args: unknown[]) => call(name, args)]),
  );
  // The system hands out no pages here.
  functions.commit = () => undefined;
  const trap = () => broken;
  if (!isShared) {
    const flags = { createFlag: () => new Int32Array(1), releaseFlag: () => {} };
    return { functions: { ...functions, ...inTurns(functions as never), ...flags }, trap };
  }
  const createFlag = () => {
    const address = heap.allocate(Int32Array.BYTES_PER_ELEMENT);
    return new Int32Array(heap.memory.buffer, address, 1).fill(0);
  };
  const releaseFlag = (flag: unknown) => {
    if (!broken) heap.free((flag as Int32Array).byteOffset);
  };
  return { functions: { ...functions, createFlag, releaseFlag }, trap };
}
