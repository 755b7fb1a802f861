/** A source that is asked for its next item before anybody waits for it. */
export class Feed<T> {
  readonly #iterator: AsyncIterator<T> | Iterator<T>;
  #next: Promise<void> | undefined;
  #item: { readonly value: T } | undefined;
  #ended = false;
  readonly #aborted: Promise<void>;
  #forget: () => void = () => undefined;

  /** @param signal ends the source */
  constructor(source: AsyncIterable<T> | Iterable<T>, signal?: AbortSignal) {
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#aborted = new Promise((resolve) => {
      const onAbort = () => {
        this.#ended = true;
        resolve();
      };
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort);
      this.#forget = () => signal?.removeEventListener('abort', onAbort);
    });
  }

  /** Whether nothing is left, as far as is known. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Waits until the next item, or the end, is there. */
  ready(): Promise<void> {
    this.#next ??= Promise.race([this.#ask(), this.#aborted]);
    return this.#next;
  }

  async #ask(): Promise<void> {
    const result = await this.#iterator.next();
    if (result.done) this.#ended = true;
    else this.#item = { value: result.value };
  }

  /** The next item, once `ready` has waited for it; undefined at the end. */
  peek(): T | undefined {
    return this.#ended ? undefined : this.#item?.value;
  }

  /** The same, which is then taken. */
  take(): T | undefined {
    const value = this.peek();
    this.#item = undefined;
    this.#next = undefined;
    return value;
  }

  /** Lets go of the source, without waiting for an item that it may be about to give. */
  close(): void {
    this.#ended = true;
    this.#forget();
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }
}
