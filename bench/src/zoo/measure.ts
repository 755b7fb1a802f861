import { setTimeout } from 'node:timers/promises';
import { InferenceSession } from '@zeroskip/runner';
import { median, type Tensor } from '@zeroskip/tensor';
import * as onnxruntime from 'onnxruntime-node';
import { largestDifference } from '../difference.ts';
import { fetchModel } from './fetch.ts';
import { zooInputs } from './inputs.ts';
import type { ZooModel } from './model.ts';

/** Quotients of onnxruntime's time and Zeroskip's: above 1 Zeroskip is faster. */
export interface ZooResult {
  readonly threads: number;
  /** Median times of a run, in milliseconds: process CPU time on one thread, else wall time. */
  readonly onnxruntimeMs: number;
  readonly zeroskipMs: number;
  /** Median of the quotients of neighbouring samples, and their quartiles. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
  /** From the file to a session that has run once. */
  readonly loadRatio: number;
  /** Largest difference between answers, as a share of the largest value. */
  readonly difference: number;
  /** By how much a timer of 5 ms was late at most while Zeroskip ran, in milliseconds. */
  readonly lateMs: number;
}

/** A sample has as many runs as take about that long, in milliseconds. */
const SAMPLE_MS = 5;
const LOADS = 3;

/** What runs a network on one input. */
export interface Runs {
  run(): Promise<unknown>;
}

interface Contender extends Runs {
  run(): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
  release(): Promise<void>;
}

/** Time of `runs` runs, for each of them, in milliseconds. */
async function sample({ run }: Runs, runs: number, threads: number): Promise<number> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  for (let i = 0; i < runs; i++) await run();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return (threads === 1 ? (user + system) / 1000 : wall) / runs;
}

const quantile = (sorted: Float64Array, share: number) => sorted[Math.floor((sorted.length - 1) * share)]!;

/** So long onnxruntime's threads look for work before they sleep, on cores that others need. */
const PAUSE_MS = 50;

/** Each contender runs so long before the first turn: a network of microseconds has its JavaScript compiled by then. */
const WARM_MS = 300;

/**
 * Times of contenders that take turns for about `ms` milliseconds, a list for each: process CPU time of a run on one
 * thread, else wall time, after a pause in which the threads of the contender before go to sleep, in milliseconds.
 */
export async function inTurns(contenders: readonly Runs[], threads: number, ms: number): Promise<number[][]> {
  for (const contender of contenders) {
    for (const end = performance.now() + WARM_MS; performance.now() < end; ) await contender.run();
  }
  const once = await sample(contenders[0]!, 1, 2);
  const runs = Math.max(1, Math.min(500, Math.ceil(SAMPLE_MS / once)));
  const times: number[][] = contenders.map(() => []);
  for (const end = performance.now() + ms; performance.now() < end || times[0]!.length < 7; ) {
    for (const [i, contender] of contenders.entries()) {
      if (threads > 1) await setTimeout(PAUSE_MS);
      times[i]!.push(await sample(contender, runs, threads));
    }
  }
  return times;
}

/** The median of the quotients of neighbouring times, and their quartiles. */
export function quotients(dividends: readonly number[], divisors: readonly number[]) {
  const sorted = Float64Array.from(dividends, (time, i) => time / divisors[i]!).sort();
  return {
    ratio: quantile(sorted, 0.5),
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
  } as const;
}

/** The largest difference over all outputs, each as a share of its own largest value. */
function difference(
  ours: Readonly<Record<string, { readonly data: unknown }>>,
  theirs: Readonly<Record<string, { readonly data: unknown }>>,
): number {
  let worst = 0;
  for (const [name, { data }] of Object.entries(theirs)) {
    const [expected, received] = [data, ours[name]!.data].map((values) =>
      Float64Array.from(values as ArrayLike<number>, Number),
    ) as [Float64Array, Float64Array];
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    worst = Math.max(worst, largestDifference(received, expected) / Math.max(largest, 1e-30));
  }
  return worst;
}

async function loadTimes(create: () => Promise<Contender>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    const start = performance.now();
    const contender = await create();
    await contender.run();
    times.push(performance.now() - start);
    await contender.release();
  }
  return median(times);
}

/** Compares both engines on one network, in turns, for about `ms` milliseconds. */
export async function measureZoo(model: ZooModel, threads: number, ms: number): Promise<ZooResult> {
  const path = await fetchModel(model);
  const feeds = await zooInputs(model);
  const zeroskip = async (): Promise<Contender> => {
    const session = await InferenceSession.create(path, { intraOpNumThreads: threads });
    return { run: () => session.run<Tensor>(feeds), release: () => session.release() };
  };
  const peer = async (): Promise<Contender> => {
    const session = await onnxruntime.InferenceSession.create(path, {
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    const own = Object.entries(feeds).map(([name, { type, data, dims }]: [string, Tensor]) => [
      name,
      new onnxruntime.Tensor(type as 'float32', data as Float32Array, dims),
    ]);
    return { run: () => session.run(Object.fromEntries(own)), release: () => session.release() };
  };
  const loadRatio = (await loadTimes(peer)) / (await loadTimes(zeroskip));
  const [ours, theirs] = [await zeroskip(), await peer()];
  const apart = difference(await ours.run(), await theirs.run());
  const [onnxruntimeTimes, zeroskipTimes] = (await inTurns([theirs, ours], threads, ms)) as [
    number[],
    number[],
  ];
  let [last, lateMs] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    [lateMs, last] = [Math.max(lateMs, now - last - 5), now];
  }, 5);
  await setTimeout(10);
  for (const end = performance.now() + 200; performance.now() < end; ) {
    await ours.run();
    await new Promise(setImmediate);
  }
  clearInterval(timer);
  await ours.release();
  await theirs.release();
  return {
    threads,
    onnxruntimeMs: median(onnxruntimeTimes),
    zeroskipMs: median(zeroskipTimes),
    ...quotients(onnxruntimeTimes, zeroskipTimes),
    loadRatio,
    difference: apart,
    lateMs,
  };
}
