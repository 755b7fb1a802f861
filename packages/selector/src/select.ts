import type { AlgorithmInfo } from '@zeroskip/kernels';
import { rangeError } from '@zeroskip/tensor';
import { defaultRules, type Rules } from './decide.ts';
import { LayerStudy, type MeasurableLayer } from './layer-study.ts';
import type { Machine } from './machine.ts';
import type { Plan } from './plan.ts';

/** What one ordinary run tells of a convolution. The runner's convolution trace is one. */
export interface LayerProfile {
  readonly name: string;
  readonly ms: number;
  /** Share of non-zero elements in the layer's input. */
  readonly density: number;
}

/** The network on one real input. */
export interface CalibrationInput {
  /** Runs the network once, and says what each convolution took, in order of execution. */
  profile(): Promise<readonly LayerProfile[]>;
  /** Runs the network once, and awaits `visit` before each convolution executes. */
  visit(visit: (layer: MeasurableLayer) => Promise<void>): Promise<void>;
}

export interface SelectProgress {
  /** Of all layers on all inputs, in expected milliseconds of one run. */
  readonly done: number;
  readonly total: number;
  /** The layer just finished. */
  readonly layer: string;
}

export interface SelectOptions {
  /** At least one. */
  readonly inputs: readonly CalibrationInput[];
  /** Descriptors in order of preference, as `algorithms()` of @zeroskip/kernels gives them. */
  readonly algorithms: readonly AlgorithmInfo[];
  readonly model: Plan['model'];
  readonly machine: Machine;
  /** Version of the Zeroskip packages, for the plan. */
  readonly library: string;
  /**
   * Milliseconds for measuring, shared among the layers by what they take. A layer's share covers what comes
   * after the first look at every algorithm, which is always taken. Default 120 000.
   */
  readonly budgetMs?: number;
  readonly rules?: Partial<Rules>;
  readonly onProgress?: (progress: SelectProgress) => void;
  /** Checked between measurements. */
  readonly signal?: AbortSignal;
  /** Milliseconds of a clock; `performance.now` unless told. */
  readonly now?: () => number;
}

/** Milliseconds that even the smallest layer gets on an input. */
const SMALLEST_SHARE = 20;

/**
 * Chooses the fastest algorithm and parameters for each convolution, by timing them on the real maps.
 * @throws with the signal's reason when aborted; with code `ERR_INVALID_ARGUMENT` for no inputs.
 */
export async function select(options: SelectOptions): Promise<Plan> {
  const { inputs, algorithms, model, machine, library, budgetMs = 120_000, signal } = options;
  const { onProgress, now = () => performance.now() } = options;
  if (inputs.length === 0) throw rangeError('inputs', 'at least one calibration input', inputs);
  const rules = { ...defaultRules, ...options.rules };
  const studies = new Map<string, LayerStudy>();
  const deadline = now() + budgetMs;
  let total: number | undefined;
  let done = 0;
  for (const input of inputs) {
    signal?.throwIfAborted();
    const profiles = new Map((await input.profile()).map((profile) => [profile.name, profile]));
    total ??= inputs.length * [...profiles.values()].reduce((sum, { ms }) => sum + ms, 0);
    const expected = total;
    await input.visit(async (layer) => {
      const profile = profiles.get(layer.name);
      if (profile === undefined) throw rangeError('a layer', 'a name of the profile', layer.name);
      let study = studies.get(layer.name);
      if (study === undefined) {
        study = new LayerStudy(layer.name, algorithms);
        studies.set(layer.name, study);
      }
      const start = now();
      const left = Math.max(profile.ms, expected - done);
      const share = Math.max(SMALLEST_SHARE, ((deadline - start) * profile.ms) / left);
      await study.observe(layer, profile.density, { rules, signal, outOfTime: () => now() - start >= share });
      done += profile.ms;
      onProgress?.({ done: Math.min(done, expected), total: expected, layer: layer.name });
    });
  }
  const layers = [...studies.values()].map((study) => study.conclude());
  return { version: 1, model, machine, library, layers };
}
