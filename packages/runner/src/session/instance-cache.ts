import type { Instance } from './instance.ts';

/** Input shapes that a session stays compiled for. */
const CAPACITY = 4;

interface Entry {
  readonly instance: Promise<Instance>;
  users: number;
  evicted: boolean;
}

/** The instances of a session, the least recently used of them dropped first; none while it is in use. */
export class InstanceCache {
  readonly #entries = new Map<string, Entry>();

  /** Runs `use` on the instance for `key`, built by `build` when there is none. */
  async use<T>(
    key: string,
    build: () => Promise<Instance>,
    use: (instance: Instance) => Promise<T>,
  ): Promise<T> {
    const entry = this.#take(key, build);
    entry.users++;
    this.#trimOthers(entry);
    try {
      return await use(await entry.instance);
    } catch (error) {
      // A failed build is not kept, so that it can be tried again.
      entry.instance.catch(() => this.#entries.get(key) === entry && this.#entries.delete(key));
      throw error;
    } finally {
      entry.users--;
      await this.#dropIfDone(entry);
    }
  }

  #take(key: string, build: () => Promise<Instance>): Entry {
    const entry = this.#entries.get(key) ?? { instance: build(), users: 0, evicted: false };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > CAPACITY) void this.#evict(oldest!);
    return entry;
  }

  /** Lets one idle instance at most keep an arena: arenas are large, and shapes seldom alternate. */
  #trimOthers(current: Entry): void {
    for (const entry of this.#entries.values()) {
      if (entry === current || entry.users > 0) continue;
      void entry.instance.then((instance) => entry.users === 0 && instance.trim()).catch(() => undefined);
    }
  }

  #evict(key: string): Promise<void> {
    const entry = this.#entries.get(key)!;
    this.#entries.delete(key);
    entry.evicted = true;
    return this.#dropIfDone(entry);
  }

  async #dropIfDone(entry: Entry): Promise<void> {
    if (!entry.evicted || entry.users > 0) return;
    const instance = await entry.instance.catch(() => undefined);
    instance?.release();
  }

  /** Drops all instances; those in use when their runs end. */
  async clear(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((key) => this.#evict(key)));
  }
}
