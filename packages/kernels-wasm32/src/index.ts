export { instantiate, type WasmAddon } from './instantiate.ts';
export { bestKind, type ModuleKind, moduleFile } from './kinds.ts';
export { moduleUrl } from './module-url.ts';
export type { WorkerThreads } from './workers.ts';
