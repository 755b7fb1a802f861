import { type Instance, startInstance, type WasmAddon } from './instance.ts';
import type { WorkerThreads } from './workers.ts';

export type { WasmAddon };

/** How deep handles lie in arguments: in a list of steps, each of which names those that it uses. */
const DEPTH = 4;

/**
 * Starts a module, and starts it again after a trap. What was made before that is lost: calls with it throw the trap,
 * and those that release it do nothing.
 * @param module of any kind
 * @param workerThreads `node:worker_threads`, in Node
 */
export function instantiate(module: WebAssembly.Module, workerThreads?: WorkerThreads): WasmAddon {
  const start = () => startInstance(module, workerThreads);
  const first = start();
  let instance = first;
  const makers = new WeakMap<object, Instance>();

  /** What made the first lost value among the arguments. */
  function lostMaker(value: unknown, depth = DEPTH): Instance | undefined {
    if (typeof value !== 'object' || value === null || depth < 0) return undefined;
    const maker = makers.get(value);
    if (maker) return maker.trap() && maker;
    if (ArrayBuffer.isView(value)) return undefined;
    for (const each of Object.values(value)) {
      const found = lostMaker(each, depth - 1);
      if (found) return found;
    }
    return undefined;
  }

  function call(name: string, args: unknown[]): unknown {
    const hasTrapped = instance !== first || instance.trap() !== undefined;
    const lost = hasTrapped ? lostMaker(args) : undefined;
    if (lost) return lost.functions[name]!(...args);
    if (instance.trap()) instance = start();
    const result = instance.functions[name]!(...args);
    if (name.startsWith('create')) makers.set(result as object, instance);
    return result;
  }

  const functions = Object.fromEntries(
    Object.keys(first.functions).map((name) => [name, (...args: unknown[]) => call(name, args)]),
  );
  return functions as unknown as WasmAddon;
}
