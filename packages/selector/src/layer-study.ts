import { type AlgorithmInfo, scattered } from '@zeroskip/kernels';
import { median, ZeroskipError } from '@zeroskip/tensor';
import { type Config, configKey, defaultConfigs, REFERENCE, type Verdict } from './candidates.ts';
import { choose } from './choose.ts';
import { type Measured, nextStep, type Rules, ranking, relativeCost } from './decide.ts';
import type { Estimate, LayerGeometry } from './estimate.ts';
import { guardOf } from './guard.ts';
import type { CandidateTimes, Guard, Objective, PlanLayer, Refusal, Settlement } from './plan.ts';
import { cost } from './statistics.ts';

/** One value per round, in milliseconds, encoding included. */
export interface ConfigTimes {
  readonly ms: ArrayLike<number>;
  /** Peak workspace beside the maps themselves. */
  readonly workspaceBytes: number;
  /** Of packed weights. */
  readonly packedBytes: number;
}

/** One convolution of a running network, on its real input. The runner's `LayerProbe` is one. */
export interface MeasurableLayer extends LayerGeometry {
  readonly name: string;
  /** A copy of the input in N, C, H, W order. */
  readInput(): Float32Array;
  /** Every algorithm, with the reason where it refuses this layer. */
  candidates(): readonly Verdict[];
  /** Runs each configuration `rounds` times on the layer's input, interleaved. */
  time(configs: readonly Config[], options: { rounds: number }): Promise<readonly ConfigTimes[]>;
}

export interface StudyLimits {
  readonly rules: Rules;
  /** Whether the time for this layer on this input is used up; newcomers are measured all the same. */
  outOfTime(): boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a decision goes by, beside the measurements. */
export interface Conclusion {
  readonly objective: Objective;
  /** For guards; there are none without, and none that would give up workspace for time. */
  readonly estimate?: Estimate | undefined;
}

interface Candidate extends Measured {
  readonly samples: number[][];
  workspaceBytes: number;
}

/** All that a study knows, as JSON. */
export interface StudyState {
  readonly name: string;
  readonly geometry: LayerGeometry;
  readonly candidates: readonly (Measured & { readonly workspaceBytes: number })[];
  readonly refused: readonly Refusal[];
  /** Of the input, on each calibration input. */
  readonly densities: readonly number[];
  readonly settlement: Settlement;
}

/** Everything that is measured of one layer, over the calibration inputs. */
export class LayerStudy {
  readonly name: string;
  readonly #geometry: LayerGeometry;
  readonly #descriptors: readonly AlgorithmInfo[];
  readonly #measured = new Map<string, Candidate>();
  readonly #refused = new Map<string, string>();
  readonly #densities: number[] = [];
  #settlement: Settlement = 'settled';

  constructor(
    { name, spec, inputDims }: LayerGeometry & { readonly name: string },
    descriptors: readonly AlgorithmInfo[],
  ) {
    this.name = name;
    this.#geometry = { spec, inputDims };
    this.#descriptors = descriptors;
  }

  /** A study that goes on from where `state` was taken. */
  static from(state: StudyState, descriptors: readonly AlgorithmInfo[]): LayerStudy {
    const study = new LayerStudy({ name: state.name, ...state.geometry }, descriptors);
    for (const { config, samples, workspaceBytes } of state.candidates) {
      study.#measured.set(configKey(config), {
        config,
        samples: samples.map((ms) => [...ms]),
        workspaceBytes,
      });
    }
    for (const { algorithm, reason } of state.refused) study.#refused.set(algorithm, reason);
    study.#densities.push(...state.densities);
    study.#settlement = state.settlement;
    return study;
  }

  get state(): StudyState {
    return structuredClone({
      name: this.name,
      geometry: this.#geometry,
      candidates: [...this.#measured.values()],
      refused: this.#refusals,
      densities: this.#densities,
      settlement: this.#settlement,
    });
  }

  /** Calibration inputs that it has observed. */
  get inputs(): number {
    return this.#densities.length;
  }

  get #candidates(): Candidate[] {
    return [...this.#measured.values()].filter(({ config }) => !this.#refused.has(config.algorithm));
  }

  get #refusals(): Refusal[] {
    return [...this.#refused].map(([algorithm, reason]) => ({ algorithm, reason }));
  }

  #add(config: Config): void {
    const key = configKey(config);
    if (!this.#measured.has(key)) this.#measured.set(key, { config, samples: [], workspaceBytes: 0 });
  }

  async #measure(layer: MeasurableLayer, configs: readonly Config[], rounds: number): Promise<void> {
    for (const config of configs) this.#add(config);
    const times = await layer.time(configs, { rounds });
    for (const [i, config] of configs.entries()) {
      const { ms, workspaceBytes, packedBytes } = times[i]!;
      const candidate = this.#measured.get(configKey(config))!;
      while (candidate.samples.length <= this.inputs) candidate.samples.push([]);
      for (let round = 0; round < rounds; round++) candidate.samples[this.inputs]!.push(ms[round]!);
      candidate.workspaceBytes = Math.max(candidate.workspaceBytes, workspaceBytes + packedBytes);
    }
  }

  /** Measures the layer on the next calibration input, until the decision is settled or a limit is met. */
  async observe(layer: MeasurableLayer, density: number, limits: StudyLimits): Promise<void> {
    const { configs, refused } = defaultConfigs(this.#descriptors, layer.candidates());
    for (const { algorithm, reason } of refused) this.#refused.set(algorithm, reason);
    if (this.inputs === 0) for (const config of configs) this.#add(config);
    for (let steps = 0; ; steps++) {
      limits.signal?.throwIfAborted();
      const step = nextStep(this.#descriptors, this.#candidates, this.inputs, limits.rules);
      if ('end' in step) {
        this.#settlement = step.end;
        break;
      }
      if (steps > 0 && limits.outOfTime()) {
        this.#settlement = 'budget';
        break;
      }
      await this.#measure(layer, step.measure, step.rounds);
    }
    this.#densities.push(density);
  }

  /**
   * The plan's entry for this layer.
   * @throws `ZeroskipError` with code `ERR_REFUSED` when no algorithm took the layer on every input.
   */
  conclude({ objective, estimate }: Conclusion): PlanLayer {
    const ranked = ranking(this.#candidates, this.inputs) as Candidate[];
    const leader = ranked[0];
    const base = {
      name: this.name,
      density: {
        min: rounded(Math.min(...this.#densities)),
        max: rounded(Math.max(...this.#densities)),
      },
      refused: this.#refusals,
    };
    if (leader === undefined) return { ...base, ...this.#byReference() };
    const rated = ranked.map((candidate) => ({
      ...candidate,
      ms: relativeCost(candidate, leader) * cost(leader.samples),
    }));
    const chosen = choose(rated, objective)!;
    const runnerUp = rated.find(({ config }) => config.algorithm !== chosen.config.algorithm);
    return {
      ...base,
      ...chosen.config,
      runnerUp: runnerUp === undefined ? null : runnerUp.config,
      settlement: this.#settlement,
      guard: (estimate && objective.kind === 'time' && this.#guard(chosen, rated, estimate)) || null,
      times: ranked.map(candidateTimes),
    };
  }

  #byReference() {
    if (!this.#descriptors.some(({ id }) => id === REFERENCE)) {
      throw new ZeroskipError(`No algorithm takes layer ${JSON.stringify(this.name)} on every input.`, {
        code: 'ERR_REFUSED',
        nodeName: this.name,
      });
    }
    const nothing = { parameters: {}, runnerUp: null, guard: null, times: [] };
    return { algorithm: REFERENCE, settlement: 'settled' as const, ...nothing };
  }

  #isSparse({ algorithm }: Config): boolean {
    return this.#descriptors.find(({ id }) => id === algorithm)!.sparse;
  }

  #guard(
    chosen: { readonly config: Config; readonly ms: number },
    rated: readonly { readonly config: Config; readonly ms: number }[],
    estimate: Estimate,
  ): Guard | undefined {
    const dense = rated.find(({ config }) => !this.#isSparse(config));
    if (!this.#isSparse(chosen.config) || dense === undefined) return undefined;
    return guardOf({
      sparseMs: chosen.ms,
      density: this.#densities.reduce((sum, density) => sum + density, 0) / this.inputs,
      highest: Math.max(...this.#densities),
      dense: { config: dense.config, ms: dense.ms },
      expected: (density) => estimate(this.#geometry, chosen.config.algorithm, scattered(density)),
    });
  }
}

/** Six digits: finer than any clock that measured, and fit to be read. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function candidateTimes({ config, samples, workspaceBytes }: Candidate): CandidateTimes {
  const all = samples.flat();
  return {
    ...config,
    rounds: all.length,
    median: rounded(median(all)),
    min: rounded(Math.min(...all)),
    max: rounded(Math.max(...all)),
    workspaceBytes,
  };
}
