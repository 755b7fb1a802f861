import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import { type BatchProgress, type Files, headerOf, openJournal, runJournaled } from '../batch/batch.ts';
import type { Journal } from '../batch/journal.ts';
import type { FileOutcome } from '../batch/outcome.ts';
import { Feed } from '../pipeline/feed.ts';
import type { PipelineOptions } from '../pipeline/pipeline.ts';
import type { Entry } from '../storage/storage.ts';
import { connect, loadBullMq } from './connection.ts';
import { type JobData, type JobResult, type JobSettings, queueName } from './jobs.ts';

/** Where jobs go. */
export interface QueueOptions {
  /** As `redis://host:6379`. */
  readonly url: string;
  /** Default `zeroskip`. */
  readonly name?: string;
  /** Files of one job. Default 32. */
  readonly filesPerJob?: number;
  /** Times that a job which fails is tried. Default 3. */
  readonly attempts?: number;
  /** Called with a sentence when the connection is lost, and when it is there again. */
  readonly onState?: (text: string) => void;
}

/** Jobs that are in the queue at once: enough for hundreds of machines, and little for Redis. */
const JOBS_AT_ONCE = 1000;
/** How often the queue is asked what is done. */
const POLL_MS = 250;
/** How often jobs are looked for that the server may have lost with its last second. */
const LOST_MS = 5000;
const FIRST_RETRY_MS = 1000;

type FileJob = Job<JobData, JobResult>;
type FileQueue = Queue<JobData, JobResult>;
const ENDED = ['completed', 'failed'] as const;
const LIVING = ['wait', 'active', 'delayed', 'prioritized'] as const;

/**
 * What became of the files of a job that is over; one that failed leaves some without an outcome. A job that was tried
 * again and is done still has the reason of its first failure.
 */
function outcomesOf({ data, returnvalue, failedReason }: FileJob): readonly FileOutcome[] {
  if (Array.isArray(returnvalue)) return returnvalue as JobResult;
  const message = `The job failed: ${failedReason}`;
  return [
    ...data.outcomes,
    ...data.todo.map(({ name: input, version }): FileOutcome => {
      return { input, version, ms: 0, failure: { code: 'ERR_QUEUE', message } };
    }),
  ];
}

/** The jobs of one run. */
class Run {
  readonly #queue: FileQueue;
  readonly #data: Omit<JobData, 'todo' | 'outcomes'>;
  readonly #options: QueueOptions;
  /** Files of the jobs that have no outcome yet, by the jobs' ids. */
  readonly #jobs = new Map<string, readonly Entry[]>();
  readonly #adopted = new Set<string>();
  #lastLook = performance.now();

  constructor(queue: FileQueue, data: Omit<JobData, 'todo' | 'outcomes'>, options: QueueOptions) {
    this.#queue = queue;
    this.#data = data;
    this.#options = options;
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** Takes over the jobs that an earlier process of the same run has left. */
  async adopt(): Promise<Set<string>> {
    const names = new Set<string>();
    for (const job of await this.#queue.getJobs([...LIVING, ...ENDED])) {
      if (job?.data.run !== this.#data.run) continue;
      this.#jobs.set(job.id!, job.data.todo);
      this.#adopted.add(job.id!);
      for (const { name } of job.data.todo) names.add(name);
      for (const { input } of job.data.outcomes) names.add(input);
    }
    return names;
  }

  async add(todo: readonly Entry[]): Promise<void> {
    const { attempts = 3 } = this.#options;
    const job = await this.#queue.add(
      'files',
      { ...this.#data, todo, outcomes: [] },
      { attempts, backoff: { type: 'exponential', delay: FIRST_RETRY_MS } },
    );
    this.#jobs.set(job.id!, todo);
  }

  /** Jobs that are over. */
  async *ended(): AsyncGenerator<FileJob> {
    for (const id of await this.#queue.getRanges([...ENDED])) {
      if (!this.#jobs.has(id)) continue;
      const job = await this.#queue.getJob(id);
      if (job) yield job;
    }
    if (performance.now() - this.#lastLook > LOST_MS) await this.#addLost();
  }

  async #addLost(): Promise<void> {
    this.#lastLook = performance.now();
    for (const [id, todo] of this.#jobs) {
      if ((await this.#queue.getJobState(id)) !== 'unknown') continue;
      this.#jobs.delete(id);
      await this.add(todo);
    }
  }

  /**
   * What became of the files of a job. Of one that was taken over, an earlier process may have written down a part.
   * @param done what the journal had before this process
   */
  outcomesOf(job: FileJob, done: Journal['done']): readonly FileOutcome[] {
    const all = outcomesOf(job);
    if (!this.#adopted.has(job.id!)) return all;
    return all.filter(({ input, version }) => done.get(input)?.version !== version);
  }

  async remove(job: FileJob): Promise<void> {
    await job.remove();
    this.#jobs.delete(job.id!);
  }
}

async function* outcomes(
  run: Run,
  todo: AsyncIterable<Entry>,
  filesPerJob: number,
  journal: Journal,
  signal: AbortSignal | undefined,
): AsyncGenerator<FileOutcome> {
  const adopted = await run.adopt();
  const feed = new Feed(todo, signal);
  try {
    while (!signal?.aborted) {
      await fill(run, feed, filesPerJob, adopted);
      let count = 0;
      for await (const job of run.ended()) {
        count++;
        yield* run.outcomesOf(job, journal.done);
        // What is written down is not asked for again.
        await journal.flush();
        await run.remove(job);
      }
      if (feed.ended && run.size === 0) return;
      if (count === 0) await delay(POLL_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  } finally {
    feed.close();
  }
}

/** Puts jobs in the queue for a while, or until there are enough; files that come slowly make smaller jobs. */
async function fill(run: Run, feed: Feed<Entry>, filesPerJob: number, adopted: Set<string>): Promise<void> {
  const pause = delay(POLL_MS, 'over');
  let files: Entry[] = [];
  for (let isOver = false; !isOver && run.size < JOBS_AT_ONCE; ) {
    isOver = (await Promise.race([feed.ready(), pause])) === 'over';
    const entry = isOver ? undefined : feed.take();
    if (entry && !adopted.has(entry.name)) files.push(entry);
    isOver ||= feed.ended;
    if (files.length === 0 || (files.length < filesPerJob && !isOver)) continue;
    await run.add(files);
    files = [];
  }
}

/** All that other machines need. */
function settingsOf(
  { model, plan: _, batchSize = 1, ...options }: PipelineOptions & { readonly model: string },
  modelSha256: string,
  plan: string | undefined,
): JobSettings {
  const { followLinks, algorithm, accuracy, preparation, shape, task } = options;
  return JSON.parse(
    JSON.stringify({
      ...{ model, modelSha256, plan, batchSize, followLinks, algorithm, accuracy, preparation, shape, task },
    }),
  );
}

/**
 * Puts files in a queue, from which workers of any number of machines take them, and waits for what becomes of them. An
 * aborted run leaves its jobs in the queue, and goes on with the next.
 * @param plan the path of a plan, the same on all machines
 * @throws with code `ERR_QUEUE` where no server answers, or what keeps the journal from being written
 */
export async function batchByQueue(
  options: PipelineOptions & { readonly model: string },
  files: Files,
  queue: QueueOptions,
  plan?: string,
): Promise<BatchProgress> {
  const { Queue } = await loadBullMq();
  const name = queueName(queue.name);
  const redis = await connect(queue.url, queue.onState ?? (() => undefined));
  const jobs: FileQueue = new Queue(name, { connection: redis });
  jobs.on('error', () => undefined);
  try {
    const header = await headerOf({ ...options, batchSize: options.batchSize ?? 1 });
    const settings = settingsOf(options, String(header.sha256), plan);
    const places = { inputs: files.inputs.location, output: files.output.location };
    const run = createHash('sha256')
      .update(JSON.stringify([settings, places]))
      .digest('hex');
    const journal = await openJournal(options, files, header);
    try {
      const all = new Run(jobs, { run, settings, ...places }, queue);
      const progress = await runJournaled(files, journal, (todo) =>
        outcomes(all, todo, queue.filesPerJob ?? 32, journal, files.signal),
      );
      // What workers that were killed have left; while jobs remain, others write.
      if (all.size === 0) await files.output.tidy();
      return progress;
    } finally {
      await journal.close();
    }
  } finally {
    await jobs.close();
    redis.disconnect();
  }
}
