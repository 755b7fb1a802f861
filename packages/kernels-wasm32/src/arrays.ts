import type { Heap } from './heap.ts';

/** What native code does with an array: reads it, fills it, or has it already, as `createFlag` made it. */
export type Use = 'read' | 'filled' | 'flag';

/** Where a copy of an array lies: `binding/values/arrays.h` of @zeroskip/kernels reads it. */
interface Lent {
  readonly address: number;
  readonly length: number;
  readonly elementBytes: number;
}

type TypedArray = ArrayBufferView & { readonly length: number; readonly BYTES_PER_ELEMENT: number };

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** An array that native code made: a copy of JavaScript's own, and the other is freed; so are those inside a value. */
export function takenOver(value: unknown, heap: Heap): unknown {
  if (Array.isArray(value)) return value.map((each) => takenOver(each, heap));
  if (typeof value !== 'object' || value === null) return value;
  if (!('address' in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, takenOver(each, heap)]));
  }
  const { address, length, elementBytes } = value as Lent;
  const { buffer } = heap.bytes(address, length * elementBytes).slice();
  heap.free(address);
  return elementBytes === Float64Array.BYTES_PER_ELEMENT
    ? new Float64Array(buffer)
    : new Float32Array(buffer);
}

/** The arrays of one call, in WebAssembly memory until it ends. */
export class Loans {
  readonly #heap: Heap;
  readonly #addresses: number[] = [];
  readonly #filled: { array: TypedArray; address: number }[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** An array, a list of arrays, or a record of arrays, as the native function takes it. */
  lend(value: unknown, use: Use): unknown {
    if (ArrayBuffer.isView(value)) return this.#lendArray(value as TypedArray, use);
    if (Array.isArray(value)) return value.map((each) => this.lend(each, use));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.lend(each, use)]));
  }

  #lendArray(array: TypedArray, use: Use): Lent {
    const { length, BYTES_PER_ELEMENT: elementBytes } = array;
    if (use === 'flag') return { address: array.byteOffset, length, elementBytes };
    const address = this.#heap.allocate(array.byteLength);
    this.#addresses.push(address);
    if (use === 'read') this.#heap.bytes(address, array.byteLength).set(bytesOf(array));
    if (use === 'filled') this.#filled.push({ array, address });
    return { address, length, elementBytes };
  }

  /** Copies back what was filled. */
  collect(): void {
    for (const { array, address } of this.#filled) {
      bytesOf(array).set(this.#heap.bytes(address, array.byteLength));
    }
  }

  end(): void {
    for (const address of this.#addresses.splice(0)) this.#heap.free(address);
  }
}
