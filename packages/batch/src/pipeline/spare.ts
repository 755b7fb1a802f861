/** Arrays that are kept for those that follow. */
const MOST_KEPT = 8;

/**
 * Memory of items that are done, for those that follow: each page of fresh memory costs a fault, and each large array
 * brings the next garbage collection nearer.
 */
export class Spare {
  readonly #free: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** At least so many bytes, of any values. */
  take(bytes: number): ArrayBuffer {
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes);
    const [memory = new ArrayBuffer(bytes)] = at < 0 ? [] : this.#free.splice(at, 1);
    this.#lent.add(memory);
    return memory;
  }

  /** Takes back what nobody uses any more; what `take` did not give is left alone. */
  give(memory: ArrayBufferLike): void {
    if (!this.#lent.delete(memory)) return;
    this.#free.push(memory as ArrayBuffer);
    if (this.#free.length > MOST_KEPT) this.#free.shift();
  }
}
