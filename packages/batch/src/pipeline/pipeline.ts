import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionOptions } from '@zeroskip/runner';
import { defaultPreparation, type Preparation } from '../images/preparation.ts';
import type { InputShape } from '../input/network-input.ts';
import type { Task } from '../tasks/task.ts';
import { affordable, type Choice, type Layout, layoutsOf } from './choice.ts';
import { Feed } from './feed.ts';
import { type PipelineItem, type PipelineResult, runGroup, workItem } from './items.ts';
import { Pool } from './pool.ts';

/** A network, what goes in, and what is made of its output. */
export interface PipelineOptions
  extends Pick<SessionOptions, 'followLinks' | 'plan' | 'algorithm' | 'accuracy'> {
  /** The path of a model, or its bytes. */
  readonly model: string | Uint8Array;
  /** What it leaves open is stretched RGB of values from 0 to 1. */
  readonly preparation?: Partial<Preparation>;
  /** Dims that the model leaves open. */
  readonly shape?: InputShape;
  readonly task: Task;
  /** Cores that are kept busy. Default `os.availableParallelism()`. */
  readonly cores?: number;
  /** Worker threads; the cores are shared out among them. Default: measured on the first seconds of work. */
  readonly workers?: number;
  /** Images in one run, which the model must leave open. Default: measured, where it does. */
  readonly batchSize?: number;
  /** Called with the images in one run, before the first. */
  readonly onBatchSize?: (batchSize: number) => Promise<void>;
  /** Called once it is settled how the work is spread. */
  readonly onChoice?: (choice: Choice) => void;
}

/** Milliseconds for which one layout is measured, at least. */
const SLICE_MS = 1000;
/** Milliseconds that a group waits for further items. */
const LINGER_MS = 10;

/** Worker threads that decode files, run a network on them and encode what it says. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #cores: number;
  readonly #rssBefore: number;
  #pool: Pool;
  #batchSize: number | undefined;
  /** Whether all threads were started, and the layout chosen. */
  #isSettled = false;

  private constructor(options: PipelineOptions, pool: Pool, cores: number, rssBefore: number) {
    this.#options = options;
    this.#pool = pool;
    this.#cores = cores;
    this.#rssBefore = rssBefore;
    this.#batchSize = options.batchSize;
  }

  /**
   * Loads the network into a first worker thread.
   * @throws what keeps it from being loaded, or from being used for the task
   */
  static async create(options: PipelineOptions): Promise<Pipeline> {
    const { cores = availableParallelism(), workers } = options;
    const rss = process.memoryUsage.rss();
    const pool = poolOf(options, workers === undefined ? 1 : Math.max(1, Math.floor(cores / workers)));
    try {
      await pool.grow(1);
    } catch (error) {
      await pool.end();
      throw error;
    }
    return new Pipeline(options, pool, cores, rss);
  }

  /**
   * Runs the network on every item of a source. Results come as they are done, in any order; what a file is at fault
   * for is a result with an `error`. No more is taken from the source than keeps all cores busy.
   * @param options `signal` ends the source: what is in the works is finished
   */
  async *process<Item extends PipelineItem>(
    source: AsyncIterable<Item> | Iterable<Item>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<PipelineResult<Item>, void, undefined> {
    const feed = new Feed(source, signal);
    try {
      if (!this.#isSettled) yield* this.#settle(feed);
      yield* this.#work(feed, this.#pool, () => false);
    } finally {
      feed.close();
    }
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    return this.#pool.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins with one thread, learns what it takes, starts the others, and measures what is left to choose. */
  async *#settle<Item extends PipelineItem>(feed: Feed<Item>): AsyncGenerator<PipelineResult<Item>> {
    this.#isSettled = true;
    await feed.ready();
    const first = feed.peek();
    if (first === undefined) return;
    this.#batchSize ??= await this.#measureBatchSize(first);
    await this.#options.onBatchSize?.(this.#batchSize);
    let done = 0;
    for await (const result of this.#work(feed, this.#pool, () => done > 0)) {
      done++;
      yield result;
    }
    const bytes = process.memoryUsage.rss() - this.#rssBefore;
    const wanted = affordable(this.#options.workers ?? this.#cores, bytes);
    yield* this.#workDuring(feed, this.#pool.grow(wanted));
    const measured =
      this.#options.workers === undefined && wanted === this.#cores ? yield* this.#measureLayouts(feed) : [];
    const { workers, settings } = this.#pool;
    this.#options.onChoice?.({ workers, threads: settings.threads, batchSize: this.#batchSize, measured });
  }

  async #measureBatchSize(item: PipelineItem): Promise<number> {
    // What a plan says of a layer's density is of one image.
    if (this.#options.plan) return 1;
    try {
      return await this.#pool.batchSize([await workItem(item)]);
    } catch {
      // The item meets its fault again, where it is reported.
      return 1;
    }
  }

  /** Goes on with the work until `other` is done. */
  async *#workDuring<Item extends PipelineItem>(
    feed: Feed<Item>,
    other: Promise<void>,
  ): AsyncGenerator<PipelineResult<Item>> {
    let isDone = false;
    const end = other.finally(() => {
      isDone = true;
    });
    end.catch(() => undefined);
    yield* this.#work(feed, this.#pool, () => isDone);
    await end;
  }

  /** Works with one layout after the other, and stays with the fastest. */
  async *#measureLayouts<Item extends PipelineItem>(
    feed: Feed<Item>,
  ): AsyncGenerator<PipelineResult<Item>, Choice['measured']> {
    const [one, ...others] = layoutsOf(this.#cores) as [Layout, ...Layout[]];
    const measured: (Layout & { imagesPerSecond: number })[] = [];
    const pools = [this.#pool];
    for (const layout of [one, ...others]) {
      if (layout !== one) {
        const pool = poolOf(this.#options, layout.threads);
        pools.push(pool);
        yield* this.#workDuring(feed, pool.grow(layout.workers));
      }
      const pool = pools.at(-1)!;
      const start = performance.now();
      let count = 0;
      const isOver = () => performance.now() - start >= SLICE_MS && count >= pool.capacity * this.#batchSize!;
      for await (const result of this.#work(feed, pool, isOver)) {
        count++;
        yield result;
      }
      if (feed.ended) break;
      measured.push({ ...layout, imagesPerSecond: (1000 * count) / (performance.now() - start) });
    }
    const best = measured.reduce((a, b, i) => (b.imagesPerSecond > measured[a]!.imagesPerSecond ? i : a), 0);
    this.#pool = pools[best]!;
    await Promise.all(pools.filter((pool) => pool !== this.#pool).map((pool) => pool.end()));
    return measured;
  }

  /** Works until the source ends, or `isOver`, and finishes what it has taken. */
  async *#work<Item extends PipelineItem>(
    feed: Feed<Item>,
    pool: Pool,
    isOver: () => boolean,
  ): AsyncGenerator<PipelineResult<Item>> {
    const size = this.#batchSize ?? 1;
    const running = new Set<Promise<Finished<Item>>>();
    let group: Item[] = [];
    const dispatch = () => {
      const run: Promise<Finished<Item>> = runGroup(pool, group, size).then((results) => ({ run, results }));
      running.add(run);
      group = [];
    };
    try {
      for (;;) {
        const wants = !feed.ended && !isOver() && running.size < pool.capacity;
        if (group.length === size || (group.length > 0 && (feed.ended || isOver()))) dispatch();
        else if (running.size === 0 && !wants && group.length === 0) return;
        else {
          const linger = group.length > 0 && running.size < pool.capacity ? [delay(LINGER_MS, 'late')] : [];
          const next = wants ? [feed.ready()] : [];
          const event = await Promise.race([...running, ...next, ...linger]);
          if (event === 'late') dispatch();
          else if (typeof event === 'object') {
            running.delete(event.run);
            yield* event.results;
          } else {
            const item = feed.take();
            if (item !== undefined) group.push(item);
          }
        }
      }
    } finally {
      await Promise.all(running);
    }
  }
}

/** A run with its results. */
interface Finished<Item extends PipelineItem> {
  readonly run: Promise<Finished<Item>>;
  readonly results: readonly PipelineResult<Item>[];
}

function poolOf(options: PipelineOptions, threads: number): Pool {
  const { model, followLinks, plan, algorithm, accuracy, preparation, shape, task } = options;
  return new Pool({
    model,
    task,
    threads,
    preparation: { ...defaultPreparation, ...preparation },
    ...(followLinks !== undefined && { followLinks }),
    ...(plan && { plan }),
    ...(algorithm !== undefined && { algorithm }),
    ...(accuracy && { accuracy }),
    ...(shape && { shape }),
  });
}

/** A pipeline from where its items come from to where results go. */
export interface Piped<Item extends PipelineItem, T> extends PipelineOptions {
  readonly source: AsyncIterable<Item> | Iterable<Item>;
  /** Reads the results; one that waits holds up the source. */
  readonly sink: (results: AsyncIterable<PipelineResult<Item>>) => Promise<T>;
  /** Ends the source: what is in the works is finished. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a network on every item of a source, and gives the results to a sink.
 * @returns what the sink returns
 */
export async function pipeline<Item extends PipelineItem, T>({
  source,
  sink,
  signal,
  ...options
}: Piped<Item, T>): Promise<T> {
  await using threads = await Pipeline.create(options);
  return await sink(threads.process(source, signal ? { signal } : {}));
}
