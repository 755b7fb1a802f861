import type { ConvolutionTrace } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import { sum } from '../statistics.ts';
import type { OnProgress } from '../terminal.ts';
import type { Contender } from './contender.ts';
import { assertEqual, blame, type Verification, verify, worst } from './verification.ts';

/** Raw figures of one contender, in the order in which they were taken. */
export interface Samples {
  readonly name: string;
  readonly threads: number;
  readonly samplesMs: number[];
  /** One list of convolutions per sample, from engines that tell. */
  readonly traces: (readonly ConvolutionTrace[])[];
  /** Beside each of these lists, milliseconds of all else that the run did. */
  readonly restMs?: number[];
}

/** What contenders are compared on. */
export interface VerificationTask {
  readonly inputs: readonly Tensor[];
  readonly outputNames: readonly string[];
  /** See `verify`. */
  readonly tolerance: number;
  /** See `assertEqual`. */
  readonly mayBeOff?: ((contender: string) => boolean) | undefined;
  /**
   * The network with sums in double precision, which takes long: it runs only where results differ, to say whose is
   * off.
   */
  readonly openExact?: () => Promise<Contender>;
}

/**
 * Runs every contender once on every input, and compares each with `baseline`; this is also the warm-up.
 * @throws with code `ERR_VERIFICATION` when outputs differ by more than the tolerance
 */
export async function verifyContenders(
  contenders: readonly Contender[],
  baseline: Contender,
  task: VerificationTask,
  onProgress: OnProgress,
): Promise<Verification[]> {
  const verifications = await compareAll(contenders, baseline, task, onProgress);
  try {
    assertEqual(verifications, task.mayBeOff);
  } catch (error) {
    const exact = await task.openExact?.();
    if (exact === undefined) throw error;
    try {
      const all = await compareAll([baseline, ...contenders], exact, task, onProgress);
      (error as Error).message += ` ${blame(all)}`;
    } finally {
      await exact.release();
    }
    throw error;
  }
  return verifications;
}

async function compareAll(
  contenders: readonly Contender[],
  baseline: Contender,
  { inputs, outputNames, tolerance }: VerificationTask,
  onProgress: OnProgress,
): Promise<Verification[]> {
  const others = [...new Set(contenders)].filter((contender) => contender !== baseline);
  const total = (others.length + 1) * inputs.length;
  let done = 0;
  const all: Verification[] = [];
  for (const input of inputs) {
    const expected = { name: baseline.name, outputs: await baseline.run(input) };
    onProgress(++done, total, baseline.name);
    for (const contender of others) {
      const actual = { name: contender.name, outputs: await contender.run(input) };
      all.push(...verify(outputNames, actual, expected, tolerance));
      onProgress(++done, total, contender.name);
    }
  }
  return worst(all);
}

/** The order of round `round`: each contender is first, second, … equally often. */
function rotated<T>(items: readonly T[], round: number): T[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

export interface TrialLimits {
  /** Rounds, at least: each contender runs once on every input in each. */
  readonly runs: number;
  /** Milliseconds that every contender is timed for, at least. Default 0. */
  readonly minTimeMs?: number;
  /** Ends the trial early, with what was timed until then. */
  readonly signal?: AbortSignal;
}

/**
 * Times the contenders in turn.
 * @throws the reason of `signal` when a contender has no sample yet
 */
export async function timeContenders(
  contenders: readonly Contender[],
  inputs: readonly Tensor[],
  { runs, minTimeMs = 0, signal }: TrialLimits,
  onProgress: OnProgress,
): Promise<Samples[]> {
  const all = contenders.map(
    ({ name, threads }): Required<Samples> => ({ name, threads, samplesMs: [], traces: [], restMs: [] }),
  );
  const leastTimed = () => Math.min(...all.map(({ samplesMs }) => sum(samplesMs)));
  const perRound = inputs.length * contenders.length;
  let done = 0;
  for (let round = 0; round < runs || leastTimed() < minTimeMs; round++) {
    const share = minTimeMs === 0 ? 1 : Math.min(1, leastTimed() / minTimeMs);
    const total = Math.max(runs * perRound, (round + 1) * perRound, share > 0 ? Math.ceil(done / share) : 0);
    for (const input of inputs) {
      for (const [i, contender] of rotated([...contenders.entries()], round)) {
        if (signal?.aborted) {
          if (all.some(({ samplesMs }) => samplesMs.length === 0)) throw signal.reason;
          return all;
        }
        const { ms, layers, restMs } = await contender.time(input);
        all[i]!.samplesMs.push(ms);
        if (layers !== undefined) all[i]!.traces.push(layers);
        if (restMs !== undefined) all[i]!.restMs.push(restMs);
        onProgress(++done, total, contender.name);
      }
    }
  }
  return all;
}
