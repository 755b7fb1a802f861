import { performance } from 'node:perf_hooks';
import type { Answer, Client } from './client.ts';
import { firstDifference } from './compare.ts';
import type { Inputs } from './inputs.ts';
import { type Pair, type Sample, type Summary, summarize } from './measurement.ts';
import type { Project } from './project.ts';
import { Worker } from './worker.ts';

const ENGINES = ['onnxruntime', 'zeroskip'] as const;
type EngineName = (typeof ENGINES)[number];

/** What became of one job of a client. */
export interface Row {
  readonly client: Client;
  readonly job: string;
  /** Why there is no answer, or how the answers differ; undefined where all is well. */
  readonly problem?: string;
  readonly summary?: Summary;
  readonly bytes: Readonly<Record<EngineName, number>>;
}

type Workers = Readonly<Record<EngineName, Worker>>;

interface Ran {
  readonly sample: Sample;
  readonly answer: Answer;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const samples = ({ onnxruntime, zeroskip }: Record<EngineName, Ran>): Pair => ({
  onnxruntime: onnxruntime.sample,
  zeroskip: zeroskip.sample,
});

/** What each engine gives; the error of the first that fails names it. */
async function withBoth<T>(
  names: readonly EngineName[],
  work: (name: EngineName) => Promise<T>,
): Promise<Record<EngineName, T>> {
  const results: Partial<Record<EngineName, T>> = {};
  for (const name of names) {
    results[name] = await work(name).catch((error: unknown) => {
      throw new Error(`${name}: ${messageOf(error)}`);
    });
  }
  return results as Record<EngineName, T>;
}

/** Short jobs have as many turns as fit in this time. */
const JOB_MS = 15_000;

/** Runs a job with both engines, which take turns at going first, at least `runs` times after the first. */
async function measureJob(
  workers: Workers,
  job: string,
  runs: number,
): Promise<Pick<Row, 'problem' | 'summary'>> {
  const pair = (first: number): Promise<Record<EngineName, Ran>> =>
    withBoth(first === 0 ? ENGINES : ENGINES.toReversed(), (name) => workers[name].ask({ kind: 'run', job }));
  const warm = await pair(0);
  const difference = firstDifference(warm.onnxruntime.answer, warm.zeroskip.answer);
  const pairs: Pair[] = [];
  const end = performance.now() + JOB_MS;
  for (let i = 0; i < runs || performance.now() < end; i++) pairs.push(samples(await pair(i % 2)));
  return {
    summary: summarize(samples(warm), pairs),
    ...(difference !== undefined && { problem: `differ: ${difference}` }),
  };
}

/**
 * Runs each job of a client in a process per engine.
 * @param program the compiled `child.ts`
 */
export async function measureClient(
  program: string,
  client: Client,
  projects: Readonly<Record<EngineName, Project>>,
  inputs: Inputs,
  runs: number,
): Promise<Row[]> {
  const bytes = { onnxruntime: projects.onnxruntime.bytes, zeroskip: projects.zeroskip.bytes };
  using onnxruntime = new Worker(program, projects.onnxruntime.folder);
  using zeroskip = new Worker(program, projects.zeroskip.folder);
  const workers = { onnxruntime, zeroskip };
  const started = await withBoth(ENGINES, (name) => workers[name].ask({ kind: 'start', inputs })).catch(
    messageOf,
  );
  if (typeof started === 'string') return [{ client, job: '', problem: started, bytes }];
  const rows: Row[] = [];
  for (const job of started.onnxruntime.jobs) {
    const result = await measureJob(workers, job, runs).catch((error: unknown) => ({
      problem: messageOf(error),
    }));
    rows.push({ client, job, bytes, ...result });
  }
  return rows;
}
