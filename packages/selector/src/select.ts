import type { Accuracy, AlgorithmInfo } from '@zeroskip/kernels';
import { rangeError, ZeroskipError } from '@zeroskip/tensor';
import { defaultRules, type Rules } from './decide.ts';
import type { Estimate } from './estimate.ts';
import { LayerStudy, type MeasurableLayer } from './layer-study.ts';
import type { Machine } from './machine.ts';
import type { Objective, Plan } from './plan.ts';
import { foreignPart, type SelectionIdentity, type SelectState } from './select-state.ts';

/** What one ordinary run tells of a convolution. The runner's convolution trace is one. */
export interface LayerProfile {
  readonly name: string;
  readonly ms: number;
  /** Share of non-zero elements in the layer's input. */
  readonly density: number;
}

/** The network on one real input. */
export interface CalibrationInput {
  /** Tells inputs apart, for going on after an interruption; a hash of the input, say. */
  readonly id: string;
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

/** What a plan is for, and what it is made of. */
export interface PlanOptions {
  /** At least one. */
  readonly inputs: readonly CalibrationInput[];
  /** Descriptors in order of preference, as `algorithms()` of @zeroskip/kernels gives them. */
  readonly algorithms: readonly AlgorithmInfo[];
  readonly model: Plan['model'];
  readonly machine: Machine;
  /** That of the session which measures; what the plan says. */
  readonly accuracy?: Accuracy;
  /** Version of the Zeroskip packages, for the plan. */
  readonly library: string;
  readonly onProgress?: (progress: SelectProgress) => void;
  /** Checked between layers and measurements. */
  readonly signal?: AbortSignal;
}

export interface SelectOptions extends PlanOptions {
  /** Default the smallest time. */
  readonly objective?: Objective;
  /** What algorithms are expected to take, for guards where the objective is time; no guards without. */
  readonly estimate?: Estimate;
  /**
   * Milliseconds for measuring, shared among the layers by what they take. A layer's share covers what comes
   * after the first look at every algorithm, which is always taken. Default 120 000.
   */
  readonly budgetMs?: number;
  readonly rules?: Partial<Rules>;
  /** Where an interrupted selection of the same model, machine and inputs goes on. */
  readonly state?: SelectState;
  /** Called, and awaited, after each layer with a way to what is known so far. */
  readonly onCheckpoint?: (state: () => SelectState) => void | Promise<void>;
  /** Milliseconds of a clock; `performance.now` unless told. */
  readonly now?: () => number;
}

/** Milliseconds that even the smallest layer gets on an input. */
const SMALLEST_SHARE = 20;

export function requireInputs(inputs: readonly CalibrationInput[]): void {
  if (inputs.length === 0) throw rangeError('inputs', 'at least one calibration input', inputs);
}

function resumed(
  { state, algorithms }: SelectOptions,
  selection: SelectionIdentity,
): Map<string, LayerStudy> {
  if (!state) return new Map();
  const foreign = foreignPart(state, selection);
  if (foreign !== undefined) {
    throw new ZeroskipError(`Expected the state of this selection, received one with ${foreign}.`, {
      code: 'ERR_INVALID_ARGUMENT',
      expected: 'the state of this selection',
      received: foreign,
    });
  }
  return new Map(state.studies.map((study) => [study.name, LayerStudy.from(study, algorithms)]));
}

/**
 * Chooses the algorithm and parameters for each convolution that meet the objective, by timing them on the real
 * maps.
 * @throws with the signal's reason when aborted; with code `ERR_INVALID_ARGUMENT` for no inputs, or the state of
 *   another selection.
 */
export async function select(options: SelectOptions): Promise<Plan> {
  const { inputs, algorithms, model, machine, accuracy, library, budgetMs = 120_000, signal } = options;
  const { objective = { kind: 'time' }, estimate, onProgress, onCheckpoint } = options;
  const { now = () => performance.now() } = options;
  requireInputs(inputs);
  const rules = { ...defaultRules, ...options.rules };
  const selection = { model, machine, library, inputs: inputs.map(({ id }) => id) };
  const studies = resumed(options, selection);
  const state = (): SelectState => ({
    version: 1,
    ...selection,
    studies: [...studies.values()].map((study) => study.state),
  });
  const deadline = now() + budgetMs;
  let total: number | undefined;
  let done = 0;
  for (const [index, input] of inputs.entries()) {
    signal?.throwIfAborted();
    const profiles = new Map((await input.profile()).map((profile) => [profile.name, profile]));
    total ??= inputs.length * [...profiles.values()].reduce((sum, { ms }) => sum + ms, 0);
    const expected = total;
    await input.visit(async (layer) => {
      const profile = profiles.get(layer.name);
      if (profile === undefined) throw rangeError('a layer', 'a name of the profile', layer.name);
      let study = studies.get(layer.name);
      if (study === undefined) {
        study = new LayerStudy(layer, algorithms);
        studies.set(layer.name, study);
      }
      if (study.inputs <= index) {
        const start = now();
        const left = Math.max(profile.ms, expected - done);
        const share = Math.max(SMALLEST_SHARE, ((deadline - start) * profile.ms) / left);
        await study.observe(layer, profile.density, {
          rules,
          signal,
          outOfTime: () => now() - start >= share,
        });
        await onCheckpoint?.(state);
      }
      done += profile.ms;
      onProgress?.({ done: Math.min(done, expected), total: expected, layer: layer.name });
    });
  }
  const layers = [...studies.values()].map((study) => study.conclude({ objective, estimate }));
  return { version: 1, model, machine, objective, ...(accuracy && { accuracy }), library, layers };
}
