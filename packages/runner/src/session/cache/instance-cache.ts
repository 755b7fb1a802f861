import { atOnce, inTurns, type Work, waited } from '../../values/work.ts';

/** What a cache holds. */
interface Cached {
  readonly bytes: number;
  release(): void;
}

interface Entry<T> {
  /** Once it is built. */
  instance?: T;
  /** While it is built, with the event loop going on. */
  building?: Promise<void>;
  users: number;
  /** Whether it goes with its last user. */
  isDropped: boolean;
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
  *use<R>(key: string, build: () => Work<T>, use: (instance: T) => Work<R>): Work<R> {
    let entry = this.#entries.get(key);
    if (!entry?.instance) {
      entry = yield* waited({
        later: () => this.#built(key, build),
        now: () => this.#builtNow(key, build),
      });
    } else {
      entry.users++;
      this.#touch(key, entry);
    }
    try {
      return yield* use(entry.instance!);
    } finally {
      this.#leave(entry);
      this.#evict();
    }
  }

  /** The entry, with one more user, as soon as it is built, which is done once for all that wait. */
  async #built(key: string, build: () => Work<T>): Promise<Entry<T>> {
    const entry = this.#entries.get(key) ?? { users: 0, isDropped: false };
    entry.users++;
    this.#touch(key, entry);
    entry.building ??= inTurns(build()).then((instance) => this.#add(entry, instance));
    try {
      await entry.building;
      return entry;
    } catch (error) {
      // A failed build is not kept, so that it can be tried again.
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      entry.users--;
      throw error;
    }
  }

  /** The same without the event loop: nobody can wait for one that is being built, whose users keep it. */
  #builtNow(key: string, build: () => Work<T>): Entry<T> {
    const entry: Entry<T> = { users: 1, isDropped: false };
    this.#add(entry, atOnce(build()));
    const other = this.#entries.get(key);
    if (other) other.isDropped = true;
    this.#touch(key, entry);
    return entry;
  }

  #add(entry: Entry<T>, instance: T): void {
    entry.instance = instance;
    this.#bytes += instance.bytes;
    this.#evict();
  }

  /** Makes it the one that was used last. */
  #touch(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#latest = entry;
  }

  #leave(entry: Entry<T>): void {
    entry.users--;
    if (entry.isDropped && entry.users === 0) this.#release(entry);
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#capacity) return;
      if (entry.users === 0 && entry !== this.#latest) this.#drop(key, entry);
    }
  }

  #drop(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    this.#release(entry);
  }

  #release({ instance }: Entry<T>): void {
    if (!instance) return;
    this.#bytes -= instance.bytes;
    instance.release();
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
