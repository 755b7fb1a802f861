import type { Heap } from './heap.ts';

const [SUCCESS, BAD_FILE] = [0, 8];
const REALTIME = 0;
const STDERR = 2;

/**
 * The part of WASI preview 1 that the modules import: a clock, an empty environment, no files, and the text with which
 * the C++ library aborts.
 */
export function system(heap: () => Heap): Record<string, (...args: never[]) => number | undefined> {
  const view = () => new DataView(heap().memory.buffer);
  let words = new Uint32Array(0);
  return {
    clock_time_get(clock: number, _precision: bigint, address: number) {
      const { buffer } = heap().memory;
      if (words.buffer !== buffer) words = new Uint32Array(buffer);
      const ns = Math.round((clock === REALTIME ? Date.now() : performance.now()) * 1e6);
      words[address >>> 2] = ns;
      words[(address >>> 2) + 1] = ns / 2 ** 32;
      return SUCCESS;
    },
    environ_sizes_get(count: number, bytes: number) {
      view().setUint32(count >>> 0, 0, true);
      view().setUint32(bytes >>> 0, 0, true);
      return SUCCESS;
    },
    environ_get: () => SUCCESS,
    fd_close: () => BAD_FILE,
    fd_seek: () => BAD_FILE,
    fd_write(file: number, vectors: number, count: number, written: number) {
      if (file !== STDERR) return BAD_FILE;
      let bytes = 0;
      let text = '';
      for (let i = 0; i < count; i++) {
        const address = view().getUint32((vectors >>> 0) + 8 * i, true);
        const length = view().getUint32((vectors >>> 0) + 8 * i + 4, true);
        // A copy: text cannot be decoded from shared memory.
        text += new TextDecoder().decode(heap().bytes(address, length).slice());
        bytes += length;
      }
      console.error(text.trimEnd());
      view().setUint32(written >>> 0, bytes, true);
      return SUCCESS;
    },
    proc_exit(status: number): never {
      throw new Error(`The WebAssembly module ended with status ${status}.`);
    },
  };
}
