/** What a cache holds. */
interface Cached {
  readonly bytes: number;
  release(): void;
}

interface Entry<T> {
  readonly instance: Promise<T>;
  users: number;
  /** Of the instance, once it is there. */
  bytes: number;
}

/**
 * The instances of a session, the least recently used of them dropped where all together hold more bytes than allowed;
 * none while it is in use, and never the last one that was.
 */
export class InstanceCache<T extends Cached> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry<T>>();
  #latest: Entry<T> | undefined;
  #bytes = 0;

  /** @param capacity in bytes */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Of the instances that are there. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Runs `use` on the instance for `key`, built by `build` when there is none. */
  async use<R>(key: string, build: () => Promise<T>, use: (instance: T) => Promise<R>): Promise<R> {
    const entry = this.#take(key, build);
    entry.users++;
    try {
      return await use(await entry.instance);
    } finally {
      entry.users--;
      this.#evict();
    }
  }

  #take(key: string, build: () => Promise<T>): Entry<T> {
    const entry = this.#entries.get(key) ?? this.#add(key, build());
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#latest = entry;
    return entry;
  }

  #add(key: string, instance: Promise<T>): Entry<T> {
    const entry: Entry<T> = { instance, users: 0, bytes: 0 };
    instance.then(
      ({ bytes }) => {
        entry.bytes = bytes;
        this.#bytes += bytes;
        this.#evict();
      },
      // A failed build is not kept, so that it can be tried again.
      () => this.#entries.get(key) === entry && this.#entries.delete(key),
    );
    return entry;
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#capacity) return;
      if (entry.users === 0 && entry !== this.#latest) this.#drop(key, entry);
    }
  }

  #drop(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    void entry.instance.then((instance) => instance.release());
  }

  /** Drops the instances whose keys begin with `prefix`; none may be in use. */
  clear(prefix = ''): void {
    for (const [key, entry] of this.#entries) {
      if (!key.startsWith(prefix)) continue;
      this.#drop(key, entry);
      if (entry === this.#latest) this.#latest = undefined;
    }
  }
}
