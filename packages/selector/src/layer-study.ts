import type { AlgorithmInfo } from '@zeroskip/kernels';
import { ZeroskipError } from '@zeroskip/tensor';
import { type Config, configKey, defaultConfigs, REFERENCE, type Verdict } from './candidates.ts';
import { type Measured, nextStep, type Rules, ranking } from './decide.ts';
import type { CandidateTimes, PlanLayer, Refusal, Settlement } from './plan.ts';
import { median } from './statistics.ts';

/** One value per round, in milliseconds, encoding included. */
export interface ConfigTimes {
  readonly ms: ArrayLike<number>;
}

/** One convolution of a running network, on its real input. The runner's `LayerProbe` is one. */
export interface MeasurableLayer {
  readonly name: string;
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

/** Everything that is measured of one layer, over the calibration inputs. */
export class LayerStudy {
  readonly name: string;
  readonly #descriptors: readonly AlgorithmInfo[];
  readonly #measured = new Map<string, { config: Config; samples: number[][] }>();
  readonly #refused = new Map<string, string>();
  readonly #densities: number[] = [];
  #settlement: Settlement = 'settled';
  #inputs = 0;

  constructor(name: string, descriptors: readonly AlgorithmInfo[]) {
    this.name = name;
    this.#descriptors = descriptors;
  }

  get #candidates(): Measured[] {
    return [...this.#measured.values()].filter(({ config }) => !this.#refused.has(config.algorithm));
  }

  #add(config: Config): void {
    const key = configKey(config);
    if (!this.#measured.has(key)) this.#measured.set(key, { config, samples: [] });
  }

  async #measure(layer: MeasurableLayer, configs: readonly Config[], rounds: number): Promise<void> {
    for (const config of configs) this.#add(config);
    const times = await layer.time(configs, { rounds });
    for (const [i, config] of configs.entries()) {
      const { ms } = times[i]!;
      const { samples } = this.#measured.get(configKey(config))!;
      while (samples.length <= this.#inputs) samples.push([]);
      for (let round = 0; round < rounds; round++) samples[this.#inputs]!.push(ms[round]!);
    }
  }

  /** Measures the layer on the next calibration input, until the decision is settled or a limit is met. */
  async observe(layer: MeasurableLayer, density: number, limits: StudyLimits): Promise<void> {
    this.#densities.push(density);
    const { configs, refused } = defaultConfigs(this.#descriptors, layer.candidates());
    for (const { algorithm, reason } of refused) this.#refused.set(algorithm, reason);
    if (this.#inputs === 0) for (const config of configs) this.#add(config);
    for (let steps = 0; ; steps++) {
      limits.signal?.throwIfAborted();
      const step = nextStep(this.#descriptors, this.#candidates, this.#inputs, limits.rules);
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
    this.#inputs++;
  }

  /**
   * The plan's entry for this layer.
   * @throws `ZeroskipError` with code `ERR_REFUSED` when no algorithm took the layer on every input.
   */
  conclude(): PlanLayer {
    const ranked = ranking(this.#candidates, this.#inputs);
    const refused: Refusal[] = [...this.#refused].map(([algorithm, reason]) => ({ algorithm, reason }));
    const density = {
      min: rounded(Math.min(...this.#densities)),
      max: rounded(Math.max(...this.#densities)),
    };
    const leader = ranked[0];
    if (leader === undefined) {
      if (!this.#descriptors.some(({ id }) => id === REFERENCE)) {
        throw new ZeroskipError(`No algorithm takes layer ${JSON.stringify(this.name)} on every input.`, {
          code: 'ERR_REFUSED',
          nodeName: this.name,
        });
      }
      return {
        name: this.name,
        algorithm: REFERENCE,
        parameters: {},
        runnerUp: null,
        settlement: 'settled',
        density,
        times: [],
        refused,
      };
    }
    const runnerUp = ranked.find(({ config }) => config.algorithm !== leader.config.algorithm);
    return {
      name: this.name,
      ...leader.config,
      runnerUp: runnerUp === undefined ? null : runnerUp.config,
      settlement: this.#settlement,
      density,
      times: ranked.map(candidateTimes),
      refused,
    };
  }
}

/** Six digits: finer than any clock that measured, and fit to be read. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function candidateTimes({ config, samples }: Measured): CandidateTimes {
  const all = samples.flat();
  return {
    ...config,
    rounds: all.length,
    median: rounded(median(all)),
    min: rounded(Math.min(...all)),
    max: rounded(Math.max(...all)),
  };
}
