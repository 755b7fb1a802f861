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
/** Images per second and core from which threads that share an image cost more than they gain. */
const SHORT_PER_SECOND = 10;
/** What a thread may take at most once it has run, as a multiple of what it takes once it has loaded its network. */
const LOADED_SHARE = 8;
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
  /** Sources whose items are in the works. */
  #flows = 0;
  /** Threads of other layouts than the chosen one, which flows that began before may still use. */
  #others: Pool[] = [];

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
    const flow: Flow<Item> = { feed: new Feed(source, signal), running: new Set() };
    this.#flows++;
    try {
      if (!this.#isSettled) yield* this.#settle(flow);
      yield* this.#work(flow, this.#pool, () => false);
    } finally {
      flow.feed.close();
      await Promise.all(flow.running);
      if (--this.#flows === 0) await this.#endOthers();
    }
  }

  /** Ends the worker threads. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#endOthers()]);
  }

  async #endOthers(): Promise<void> {
    await Promise.all(this.#others.splice(0).map((pool) => pool.end()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins with one thread, learns what it takes, starts the others, and measures what is left to choose. */
  async *#settle<Item extends PipelineItem>(flow: Flow<Item>): AsyncGenerator<PipelineResult<Item>> {
    await flow.feed.ready();
    const first = flow.feed.peek();
    if (first === undefined || this.#isSettled) return;
    this.#isSettled = true;
    const most = this.#options.workers ?? this.#cores;
    const loaded = process.memoryUsage.rss() - this.#rssBefore;
    // Where there is memory to spare, nothing has to run before the others start.
    let growing = affordable(most, LOADED_SHARE * loaded) === most ? this.#pool.grow(most) : undefined;
    growing?.catch(() => undefined);
    this.#batchSize ??= await this.#measureBatchSize(first);
    await this.#options.onBatchSize?.(this.#batchSize);
    if (growing === undefined) {
      let done = 0;
      for await (const result of this.#work(flow, this.#pool, () => done > 0)) {
        done++;
        yield result;
      }
      growing = this.#pool.grow(affordable(most, process.memoryUsage.rss() - this.#rssBefore));
    }
    yield* this.#workDuring(flow, growing);
    const isFree = this.#options.workers === undefined && this.#pool.workers === this.#cores;
    const measured = isFree ? yield* this.#measureLayouts(flow) : [];
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
    flow: Flow<Item>,
    other: Promise<void>,
  ): AsyncGenerator<PipelineResult<Item>> {
    let isDone = false;
    const end = other.finally(() => {
      isDone = true;
    });
    end.catch(() => undefined);
    yield* this.#work(flow, this.#pool, () => isDone);
    await end;
  }

  /** Works with one layout after the other, and stays with the fastest. */
  async *#measureLayouts<Item extends PipelineItem>(
    flow: Flow<Item>,
  ): AsyncGenerator<PipelineResult<Item>, Choice['measured']> {
    const measured: (Layout & { imagesPerSecond: number })[] = [];
    const pools: Pool[] = [];
    for (const layout of layoutsOf(this.#cores)) {
      const pool = layout.threads === 1 ? this.#pool : poolOf(this.#options, layout.threads);
      if (pool !== this.#pool) {
        yield* this.#workDuring(flow, pool.grow(layout.workers));
        yield* drain(flow);
      }
      pools.push(pool);
      const start = performance.now();
      let count = 0;
      const isOver = () => performance.now() - start >= SLICE_MS && count >= pool.capacity * this.#batchSize!;
      for await (const result of this.#work(flow, pool, isOver)) {
        count++;
        yield result;
      }
      if (flow.feed.ended) break;
      const imagesPerSecond = (1000 * count) / (performance.now() - start);
      measured.push({ ...layout, imagesPerSecond });
      if (imagesPerSecond > this.#cores * SHORT_PER_SECOND) break;
    }
    const best = measured.reduce((a, b, i) => (b.imagesPerSecond > measured[a]!.imagesPerSecond ? i : a), 0);
    this.#pool = pools[best]!;
    if (pools.length > 1) yield* drain(flow);
    this.#others.push(...pools.filter((pool) => pool !== this.#pool));
    if (this.#flows === 1) await this.#endOthers();
    return measured;
  }

  /** Works until the source ends, when it finishes what it has taken, or `isOver`, when it leaves that in the works. */
  async *#work<Item extends PipelineItem>(
    { feed, running }: Flow<Item>,
    pool: Pool,
    isOver: () => boolean,
  ): AsyncGenerator<PipelineResult<Item>> {
    const size = this.#batchSize ?? 1;
    let group: Item[] = [];
    const dispatch = () => {
      const run: Promise<Finished<Item>> = runGroup(pool, group, size).then((results) => ({ run, results }));
      running.add(run);
      group = [];
    };
    for (;;) {
      const isLast = feed.ended || isOver();
      if (group.length === size || (group.length > 0 && isLast)) dispatch();
      if (isOver() || (feed.ended && running.size === 0)) return;
      const hasRoom = running.size < pool.capacity;
      const next = hasRoom && !feed.ended ? [feed.ready()] : [];
      const linger = hasRoom && group.length > 0 ? [delay(LINGER_MS, 'late')] : [];
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
}

/** Finishes what is in the works. */
async function* drain<Item extends PipelineItem>({
  running,
}: Flow<Item>): AsyncGenerator<PipelineResult<Item>> {
  while (running.size > 0) {
    const { run, results } = await Promise.race(running);
    running.delete(run);
    yield* results;
  }
}

/** A source on its way through the threads. */
interface Flow<Item extends PipelineItem> {
  readonly feed: Feed<Item>;
  /** What is in the works. */
  readonly running: Set<Promise<Finished<Item>>>;
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
