import { codedError } from './coded-error.ts';

const PAGE = 65536;
/** In pages, as the modules are linked (scripts/build.mjs). */
const SHARED_MEMORY = { initial: 2 ** 24 / PAGE, maximum: 2 ** 32 / PAGE, shared: true };

export function sharedMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory(SHARED_MEMORY);
}

/** The allocator of a module. */
export interface Allocator {
  malloc(bytes: number): number;
  free(address: number): void;
}

/** The memory of a module as JavaScript uses it. Addresses are in bytes. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #allocator: Allocator;

  constructor(memory: WebAssembly.Memory, allocator: Allocator) {
    this.memory = memory;
    this.#allocator = allocator;
  }

  /** Present bytes: memory that grows has another buffer. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  /** @throws an error with code `ERR_OUT_OF_MEMORY` */
  allocate(bytes: number): number {
    // Unsigned: addresses are from 0 to 2^32 - 1.
    const address = this.#allocator.malloc(Math.max(bytes, 1)) >>> 0;
    if (address === 0) {
      const expected = `${bytes} bytes of WebAssembly memory`;
      throw codedError('ERR_OUT_OF_MEMORY', expected, 'none from the engine');
    }
    return address;
  }

  free(address: number): void {
    this.#allocator.free(address);
  }
}
