import type { Server } from 'node:http';
import { availableParallelism } from 'node:os';
import { unexpected } from '@zeroskip/tensor';
import type { Job } from 'bullmq';
import type { FileOutcome } from '../batch/outcome.ts';
import { runFiles } from '../batch/run-files.ts';
import { openStorage } from '../storage/open.ts';
import type { Entry, Storage } from '../storage/storage.ts';
import { connect, loadBullMq } from './connection.ts';
import { type JobData, type JobResult, queueName } from './jobs.ts';
import { Metrics, serveStatus } from './metrics.ts';
import { Pipelines } from './pipelines.ts';

/** Where a worker takes jobs from. */
export interface WorkerOptions {
  /** As `redis://host:6379`. */
  readonly url: string;
  /** Default `zeroskip`. */
  readonly name?: string;
  /** Cores that are kept busy. Default `os.availableParallelism()`. */
  readonly cores?: number;
  /** Seconds after which others take over the jobs of a worker that says nothing any more. Default 30. */
  readonly stalledAfter?: number;
  /** Where metrics and health are told; no port is opened without it. */
  readonly statusPort?: number;
  /** Called with a sentence for each job, and when the connection is lost or there again. */
  readonly onState?: (text: string) => void;
}

/** Jobs at once: while the last files of one are in the works, the next has begun. */
const JOBS_AT_ONCE = 2;
/** How often what is done of a job is kept, for whoever takes it over. */
const CHECKPOINT_MS = 5000;
/** Times that a job is taken over: one whose files end their workers must not end them all. */
const TAKEN_OVER = 5;

type FileJob = Job<JobData, JobResult>;

/** A worker that takes jobs until it is closed. */
export interface QueueWorker {
  /** Where metrics and health are told. */
  readonly statusPort: number | undefined;
  /** Takes no more jobs, and gives back what is left of those it has, once the files in the works are done. */
  close(): Promise<void>;
}

/** What a job has still to do. */
class Rest {
  readonly outcomes: FileOutcome[];
  readonly #job: FileJob;
  readonly #todo: Map<string, Entry>;
  #kept = performance.now();

  constructor(job: FileJob) {
    this.#job = job;
    this.outcomes = [...job.data.outcomes];
    this.#todo = new Map(job.data.todo.map((entry) => [entry.name, entry]));
  }

  get size(): number {
    return this.#todo.size;
  }

  async done(outcome: FileOutcome): Promise<void> {
    this.outcomes.push(outcome);
    this.#todo.delete(outcome.input);
    if (performance.now() - this.#kept > CHECKPOINT_MS) await this.keep();
  }

  async keep(): Promise<void> {
    this.#kept = performance.now();
    await this.#job.updateData({
      ...this.#job.data,
      todo: [...this.#todo.values()],
      outcomes: this.outcomes,
    });
  }
}

interface Status {
  readonly metrics?: Metrics;
  readonly server?: Server;
}

/** Whether a file's fault may be gone when it is tried again: that of the storage, not of the file. */
function mayPass({ failure }: FileOutcome, { attemptsMade, opts }: FileJob): boolean {
  return failure?.code === 'ERR_STORAGE' && attemptsMade + 1 < (opts.attempts ?? 1);
}

async function withStorages<T>(
  { inputs, output }: JobData,
  work: (places: { inputs: Storage; output: Storage }) => Promise<T>,
): Promise<T> {
  const places = { inputs: await openStorage(inputs), output: await openStorage(output) };
  try {
    return await work(places);
  } finally {
    for (const place of Object.values(places)) place.close();
  }
}

/**
 * Takes jobs of a queue, and runs their networks on this machine's cores.
 * @throws with code `ERR_QUEUE` where no server answers, `ERR_MISSING_PACKAGE` without BullMQ
 */
export async function startWorker(options: WorkerOptions): Promise<QueueWorker> {
  const { url, cores = availableParallelism(), stalledAfter = 30, statusPort } = options;
  const name = queueName(options.name);
  const { onState = () => undefined } = options;
  const { Queue, WaitingError, Worker } = await loadBullMq();
  const redis = await connect(url, onState);
  const queue = new Queue(name, { connection: redis });
  queue.on('error', () => undefined);
  const ending = new AbortController();
  const countJobs = async () => (redis.status === 'ready' ? queue.getJobCounts() : {});
  async function status() {
    if (statusPort === undefined) return {};
    const metrics = await Metrics.create(countJobs);
    const isReady = () => redis.status === 'ready' && !ending.signal.aborted;
    return { metrics, server: await serveStatus(statusPort, metrics, isReady) };
  }
  const { metrics, server }: Status = await status().catch(async (error) => {
    await queue.close();
    redis.disconnect();
    throw error;
  });
  const pipelines = new Pipelines(cores);

  async function work(job: FileJob, token: string | undefined): Promise<JobResult> {
    const rest = new Rest(job);
    const passing: FileOutcome[] = [];
    const { settings, todo } = job.data;
    await withStorages(job.data, (places) =>
      pipelines.use(settings, async (pipeline) => {
        try {
          for await (const outcome of runFiles(pipeline, todo, places, ending.signal)) {
            if (mayPass(outcome, job)) {
              passing.push(outcome);
              continue;
            }
            metrics?.file(outcome);
            await rest.done(outcome);
          }
        } catch (error) {
          await rest.keep();
          throw error;
        }
      }),
    );
    if (rest.size === 0) return rest.outcomes;
    await rest.keep();
    const [failed] = passing;
    if (failed) throw unexpected('ERR_STORAGE', failed.input, 'a readable file', failed.failure!.message);
    await job.moveToWait(token);
    throw new WaitingError();
  }

  const worker = new Worker<JobData, JobResult>(
    name,
    async (job, token) => {
      const start = performance.now();
      const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
      try {
        const outcomes = await work(job, token);
        metrics?.job('done');
        onState(`Job ${job.id}: ${outcomes.length} files after ${seconds()} s.`);
        return outcomes;
      } catch (error) {
        const isReturned = error instanceof WaitingError;
        metrics?.job(isReturned ? 'returned' : 'failed');
        onState(
          isReturned
            ? `Job ${job.id} was given back after ${seconds()} s.`
            : `Job ${job.id} failed: ${(error as Error).message}`,
        );
        throw error;
      }
    },
    {
      connection: redis,
      concurrency: JOBS_AT_ONCE,
      lockDuration: 1000 * stalledAfter,
      stalledInterval: 1000 * stalledAfter,
      maxStalledCount: TAKEN_OVER,
    },
  );
  worker.on('error', (error) => onState(`The queue: ${error.message}`));
  const address = server?.address();
  return {
    statusPort: typeof address === 'object' ? address?.port : undefined,
    async close() {
      ending.abort();
      await worker.close();
      await pipelines.close();
      await queue.close();
      redis.disconnect();
      server?.close();
    },
  };
}
