/** One of the four modules, by what an engine must have for it. */
export interface ModuleKind {
  /** Shared memory, and workers that compute on it. */
  readonly threads: boolean;
  /** Relaxed SIMD: a multiply-add in one instruction. */
  readonly relaxed: boolean;
}

/** A module with one function: `f32x4.relaxed_madd` of three vectors. */
const RELAXED_SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 20, 1, 18, 0],
  ...[65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11],
);

/** Whether shared memory can be had: always in Node, in a page where it is cross-origin isolated. */
function hasSharedMemory(): boolean {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false;
}

/** The fastest module that this engine takes. */
export function bestKind(): ModuleKind {
  return { threads: hasSharedMemory(), relaxed: WebAssembly.validate(RELAXED_SIMD) };
}

/** The file of a module, beside this package's code. */
export function moduleFile({ threads, relaxed }: ModuleKind): string {
  return `zeroskip${threads ? '-threads' : ''}${relaxed ? '-relaxed' : ''}.wasm`;
}
