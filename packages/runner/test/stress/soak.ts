/**
 * Sessions at random for as long as told, in rounds: what happens within one round overlaps, and after it nothing goes
 * on, so that memory and handles can be compared.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { median } from '@zeroskip/tensor';
import { seededRandom } from '@zeroskip/test-utils';
import { InferenceSession, type SessionOptions } from '../../src/index.ts';
import { Answers } from './answers.ts';
import { algorithmChoices, type Network, networks, planOf, values } from './networks.ts';

const USAGE = `npm run soak -- [--minutes 60] [--seed 1]
  --minutes  how long, 60 unless told
  --seed     of what happens, 1 unless told`;

/** Share by which resident memory may grow from after the first tenth to the last tenth, and bytes of noise. */
const MAX_GROWTH = 0.03;
const NOISE_BYTES = 8 << 20;
/** Memory settles while shapes, algorithms and threads are met for the first time. */
const WARM_UP = 0.1;
const MIN_MINUTES_FOR_MEMORY = 10;

const counts = {
  rounds: 0,
  sessions: 0,
  runs: 0,
  aborted: 0,
  'releases in flight': 0,
  'workers terminated': 0,
  plans: 0,
  'plans refused': 0,
  'bad inputs refused': 0,
  unexpected: 0,
};

interface Sample {
  readonly minute: number;
  readonly rss: number;
  readonly files: number;
  readonly threads: number;
  readonly resources: string;
}

const answers = new Answers();
const folder = mkdtempSync(join(tmpdir(), 'zeroskip-soak-'));

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function unexpected(what: string, error: unknown): void {
  counts.unexpected++;
  console.error(`${what}: ${(error as Error).stack ?? String(error)}`);
}

type Random = () => number;
const pickBy = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

interface Choice {
  readonly options: SessionOptions;
  /** Names what decides the bits of a result: not the number of threads. */
  readonly name: string;
}

function choose(network: Network, random: Random): Choice {
  const intraOpNumThreads = 1 + Math.floor(random() * 4);
  const algorithms = algorithmChoices();
  if (random() < 0.3) {
    const choices = network.layers.map(() => pickBy(random, algorithms.slice(1)));
    counts.plans++;
    return {
      options: { intraOpNumThreads, plan: planOf(network, choices) },
      name: `plan ${choices.join('+')}`,
    };
  }
  const algorithm = random() < 0.5 ? 'auto' : pickBy(random, algorithms);
  return { options: { intraOpNumThreads, algorithm }, name: algorithm };
}

/** One run; it may be aborted, and it may find its session released. */
async function oneRun(
  session: InferenceSession,
  { network, choice }: { network: Network; choice: Choice },
  random: Random,
): Promise<void> {
  const dims = pickBy(random, network.shapes);
  const seed = 1 + Math.floor(random() * 3);
  const aborts = random() < 0.2;
  const controller = new AbortController();
  const reason = new Error('aborted by the soak');
  const timer = aborts ? globalThis.setTimeout(() => controller.abort(reason), random() * 5) : undefined;
  try {
    const results = await session.run(
      { x: values(dims, seed) },
      random() < 0.2 ? { signal: controller.signal, trace: () => undefined } : { signal: controller.signal },
    );
    counts.runs++;
    answers.check(`${network.name} ${choice.name} [${dims.join()}] ${seed}`, results);
  } catch (error) {
    if (error === reason) counts.aborted++;
    else throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function sessionEpisode(random: Random): Promise<void> {
  const network = pickBy(random, networks);
  const choice = choose(network, random);
  try {
    await useSession(network, choice, random);
  } catch (error) {
    // An algorithm of the plan does not take its layer.
    if (!choice.options.plan || codeOf(error) !== 'ERR_INVALID_PLAN') throw error;
    counts['plans refused']++;
  }
}

async function useSession(network: Network, choice: Choice, random: Random): Promise<void> {
  const path = join(folder, `${network.name}.onnx`);
  const session = await InferenceSession.create(random() < 0.3 ? path : network.bytes, choice.options);
  counts.sessions++;
  for (let turns = 1 + Math.floor(random() * 4); turns > 0; turns--) {
    const overlapping = Promise.allSettled(
      Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
        oneRun(session, { network, choice }, random),
      ),
    );
    if (turns === 1 && random() < 0.5) {
      counts['releases in flight']++;
      await session.release();
    }
    const failed = (await overlapping).find(({ status }) => status === 'rejected');
    if (failed) {
      await session.release();
      throw (failed as PromiseRejectedResult).reason;
    }
  }
  await session.release();
  const late = await session.run({ x: values(network.shapes[0]!, 1) }).catch(codeOf);
  if (late !== 'ERR_RELEASED') unexpected('A run after release', new Error(`received ${String(late)}`));
}

/** A model with damaged bytes, or a session with feeds that do not fit: a result or a coded error. */
async function badInputEpisode(random: Random): Promise<void> {
  const network = pickBy(random, networks);
  const limits = { maxRunBytes: 2 ** 24, maxFoldedBytes: 2 ** 24 };
  for (let tries = 0; tries < 20; tries++) {
    const bytes = network.bytes.slice(
      0,
      random() < 0.3 ? Math.floor(random() * network.bytes.length) : undefined,
    );
    // Weights are most of the bytes, and any of their values is valid; structure lies at both ends.
    for (let edits = 0; edits < 3 && bytes.length > 0; edits++) {
      const near = Math.floor(random() ** 3 * bytes.length);
      bytes[random() < 0.5 ? near : bytes.length - 1 - near] = Math.floor(random() * 256);
    }
    try {
      const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, limits });
      try {
        await session.run({ x: values(network.shapes[0]!, 1) });
      } finally {
        await session.release();
      }
    } catch (error) {
      if (codeOf(error)?.startsWith('ERR_')) counts['bad inputs refused']++;
      else unexpected('A damaged model', error);
    }
  }
}

async function workerEpisode(random: Random): Promise<void> {
  const seed = Math.floor(random() * 2 ** 31);
  const worker = new Worker(new URL('./soak-worker.mjs', import.meta.url), { workerData: { seed } });
  worker.on('error', (error) => unexpected('A worker thread', error));
  // A thread that ends while Node loads its module leaves the module's file open.
  await once(worker, 'message');
  worker.on('message', ({ question, answer }) => answers.checkDigest(question, answer));
  await Promise.race([once(worker, 'exit'), setTimeout(random() * 500)]);
  await worker.terminate();
  counts['workers terminated']++;
}

const episodes = [sessionEpisode, sessionEpisode, sessionEpisode, workerEpisode, badInputEpisode];

function sample(minute: number): Sample {
  // Before the collection, which queues finalizers as resources.
  const resources = activeResources();
  globalThis.gc!();
  return {
    minute,
    rss: process.memoryUsage.rss(),
    files: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    resources,
  };
}

function activeResources(): string {
  return process.getActiveResourcesInfo().sort().join(' ');
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function line({ minute, rss, files, threads }: Sample): string {
  const work = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return `${minute.toFixed(1)} min: ${mib(rss)}, files ${files}, threads ${threads}, ${work.join(', ')}, verified ${answers.verified}, losses ${answers.losses}`;
}

/** What is not as it was. */
function complaints(before: Sample, samples: readonly Sample[], minutes: number): string[] {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const tenth = Math.max(1, Math.floor(warm.length / 10));
  const [first, last] = [warm.slice(0, tenth), warm.slice(-tenth)];
  const [early, late] = [first, last].map((part) => median(part.map(({ rss }) => rss)));
  console.log(`RSS ${mib(early!)} after the warm-up, ${mib(late!)} at the end`);
  const found: string[] = [];
  const isLong = minutes >= MIN_MINUTES_FOR_MEMORY;
  if (!isLong)
    console.log(`Too short to compare: memory and handles settle in ${MIN_MINUTES_FOR_MEMORY} minutes.`);
  if (isLong && late! > early! * (1 + MAX_GROWTH) + NOISE_BYTES) {
    found.push(`resident memory grew from ${mib(early!)} to ${mib(late!)}`);
  }
  for (const key of ['files', 'threads'] as const) {
    const least = (part: readonly Sample[]) => Math.min(...part.map((each) => each[key]));
    if (isLong && least(last) > least(first))
      found.push(`${key} grew from ${least(first)} to ${least(last)}`);
  }
  if (samples.at(-1)!.resources !== before.resources) {
    found.push(`active resources were "${before.resources}", are "${samples.at(-1)!.resources}"`);
  }
  if (counts.unexpected > 0) found.push(`${counts.unexpected} unexpected errors`);
  if (answers.losses > 0) found.push(`${answers.losses} results with other bits`);
  if (answers.verified === 0) found.push('no result was verified');
  return found;
}

async function main(): Promise<number> {
  const { values: given } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (given.help) {
    console.log(USAGE);
    return 0;
  }
  const minutes = Number(given.minutes ?? 60);
  const seed = Number(given.seed ?? 1);
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error(`Expected numbers.\n${USAGE}`);
  for (const { name, bytes } of networks) writeFileSync(join(folder, `${name}.onnx`), bytes);
  console.log(`soak of ${minutes} minutes, seed ${seed}, Node ${process.version}`);
  const random = seededRandom(seed);
  const start = Date.now();
  const elapsed = () => (Date.now() - start) / 60_000;
  await setTimeout(200);
  const before = sample(0);
  const samples: Sample[] = [];
  let nextLine = 1;
  while (elapsed() < minutes) {
    // Each with numbers of its own: the order in which they end differs from soak to soak.
    const round = Array.from({ length: 4 }, () => {
      const own = seededRandom(Math.floor(random() * 2 ** 32));
      return pickBy(random, episodes)(own).catch((error: unknown) => unexpected('An episode', error));
    });
    await Promise.all(round);
    counts.rounds++;
    if (counts.rounds % 5 === 0) samples.push(sample(elapsed()));
    if (elapsed() < nextLine) continue;
    console.log(line(sample(elapsed())));
    nextLine++;
  }
  // Worker threads give their last handles back in the next turns.
  await setTimeout(200);
  for (let waits = 0; waits < 50 && activeResources() !== before.resources; waits++) await setTimeout(100);
  samples.push(sample(elapsed()));
  console.log(line(samples.at(-1)!));
  const found = complaints(before, samples, minutes);
  for (const complaint of found) console.log(`NOT AS IT WAS: ${complaint}`);
  console.log(found.length === 0 ? 'soak: nothing grew, nothing was lost' : 'soak: failed');
  return found.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true });
}
