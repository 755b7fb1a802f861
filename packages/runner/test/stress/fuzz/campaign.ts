import { seededRandom } from '@zeroskip/test-utils';
import { Coverage } from './coverage.ts';
import { type FuzzTarget, outcomeOf, pick } from './target.ts';

/** Inputs between two looks at the coverage, which take some milliseconds. */
const BATCH = 100;
/** Counting blocks takes most of the time; what is kept by then is changed further without. */
const GUIDED_RUNS = 100_000;
const MAX_KEPT = 2000;
const MAX_KEPT_BYTES = 1 << 14;
/** Lets the process answer while a campaign goes on. */
const RUNS_PER_TURN = 200;

export interface CampaignOptions {
  readonly runs: number;
  readonly seed: number;
  /** Number of the first input. */
  readonly from?: number;
  readonly isGuided?: boolean;
  readonly before?: (run: number, input: Uint8Array) => void;
  /** The input before has ended. */
  readonly after?: () => void;
  /** Goes on after an input that was neither accepted nor refused; without it the campaign throws. */
  readonly onFault?: (run: number, input: Uint8Array, error: unknown) => void;
  readonly onProgress?: (done: CampaignResult) => void;
}

export interface CampaignResult {
  runs: number;
  /** Inputs by outcome. */
  readonly outcomes: Map<string, number>;
  slowest: { run: number; ms: number };
  kept: number;
  blocks: number;
}

/** Gives `target` inputs, of which each depends on the seed, its number, and what was kept before. */
export async function campaign(target: FuzzTarget, options: CampaignOptions): Promise<CampaignResult> {
  const { runs, seed, from = 0 } = options;
  const corpus = [...target.seeds];
  let coverage = options.isGuided && target.guided ? new Coverage() : undefined;
  const result: CampaignResult = {
    runs: 0,
    outcomes: new Map(),
    slowest: { run: from, ms: 0 },
    kept: 0,
    blocks: 0,
  };
  let batch: Uint8Array[] = [];

  const attempt = async (run: number, input: Uint8Array): Promise<void> => {
    options.before?.(run, input);
    const start = performance.now();
    let outcome: string;
    try {
      outcome = await outcomeOf(target, input);
    } catch (error) {
      if (!options.onFault)
        throw new Error(`Input ${run} of seed ${seed} for ${target.name}`, { cause: error });
      options.onFault(run, input, error);
      outcome = 'fault';
    }
    const ms = performance.now() - start;
    options.after?.();
    if (ms > result.slowest.ms) result.slowest = { run, ms };
    result.outcomes.set(outcome, (result.outcomes.get(outcome) ?? 0) + 1);
  };

  const keepWhatIsNew = async (): Promise<void> => {
    if (!coverage) return;
    const fresh = new Set(coverage.fresh());
    if (fresh.size > 0) {
      for (const input of batch) {
        await outcomeOf(target, input).catch(() => undefined);
        const own = coverage.fresh();
        if (own.length === 0) continue;
        coverage.keep(own);
        if (input.length > MAX_KEPT_BYTES) continue;
        if (corpus.length >= MAX_KEPT) corpus[Math.floor(MAX_KEPT / 2)] = input;
        else corpus.push(input);
        result.kept++;
      }
      // What only the state of the process decides, such as a cache, does not come again.
      coverage.keep([...fresh]);
    }
    result.blocks = coverage.blocks;
    batch = [];
  };

  for (let run = from; run < from + runs; run++) {
    const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ run);
    const parent =
      random() < 0.3 ? pick(target.seeds, random) : corpus[Math.floor(corpus.length * (1 - random() ** 2))]!;
    const input = target.mutate(parent, pick(corpus, random), random);
    await attempt(run, input);
    result.runs++;
    if (coverage) batch.push(input);
    if (batch.length === BATCH) await keepWhatIsNew();
    if (result.runs === GUIDED_RUNS) {
      coverage?.end();
      coverage = undefined;
    }
    if (result.runs % RUNS_PER_TURN === 0) {
      options.onProgress?.(result);
      await new Promise(setImmediate);
    }
  }
  options.onProgress?.(result);
  coverage?.end();
  return result;
}
