import { mapStatistics } from '@zeroskip/kernels';
import { type Config, configKey, defaultConfigs, REFERENCE } from './candidates.ts';
import type { Estimate } from './estimate.ts';
import { type MeasurableLayer, rounded } from './layer-study.ts';
import type { Plan, PlanLayer } from './plan.ts';
import { type PlanOptions, requireInputs } from './select.ts';

export interface EstimateOptions extends PlanOptions {
  readonly estimate: Estimate;
}

/** What is expected of one layer, summed over the inputs. */
interface Expectations {
  readonly name: string;
  readonly densities: number[];
  readonly candidates: Map<string, { readonly config: Config; ms: number }>;
  readonly refused: Map<string, string>;
}

function observe(layer: MeasurableLayer, expectations: Expectations, options: EstimateOptions): void {
  const map = mapStatistics(layer.readInput(), layer.inputDims[3]);
  const { configs, refused } = defaultConfigs(options.algorithms, layer.candidates());
  expectations.densities.push(map.density);
  for (const { algorithm, reason } of refused) expectations.refused.set(algorithm, reason);
  for (const config of configs) {
    const key = configKey(config);
    const candidate = expectations.candidates.get(key) ?? { config, ms: 0 };
    candidate.ms += options.estimate(layer, config.algorithm, map);
    expectations.candidates.set(key, candidate);
  }
}

function conclude({ name, densities, candidates, refused }: Expectations): PlanLayer {
  const ranked = [...candidates.values()]
    .filter(({ config }) => !refused.has(config.algorithm))
    .sort((a, b) => a.ms - b.ms);
  const [best, second] = ranked;
  return {
    name,
    ...(best?.config ?? { algorithm: REFERENCE, parameters: {} }),
    runnerUp: second?.config ?? null,
    settlement: 'estimated',
    density: { min: rounded(Math.min(...densities)), max: rounded(Math.max(...densities)) },
    guard: null,
    times: ranked.map(({ config, ms }) => {
      const each = rounded(ms / densities.length);
      return { ...config, rounds: 0, median: each, min: each, max: each, workspaceBytes: null };
    }),
    refused: [...refused].map(([algorithm, reason]) => ({ algorithm, reason })),
  };
}

/**
 * Chooses for each convolution the algorithm that is expected to be the fastest on the real maps, with its default
 * parameters. The network runs once on each input, and nothing is timed: for cold starts.
 * @throws with the signal's reason when aborted; with code `ERR_INVALID_ARGUMENT` for no inputs
 */
export async function estimatePlan(options: EstimateOptions): Promise<Plan> {
  const { inputs, model, machine, accuracy, library, onProgress, signal } = options;
  requireInputs(inputs);
  const layers = new Map<string, Expectations>();
  for (const [index, input] of inputs.entries()) {
    await input.visit(async (layer) => {
      signal?.throwIfAborted();
      const { name } = layer;
      const expectations = layers.get(name) ?? {
        name,
        densities: [],
        candidates: new Map(),
        refused: new Map(),
      };
      layers.set(name, expectations);
      observe(layer, expectations, options);
      onProgress?.({ done: index, total: inputs.length, layer: name });
    });
    onProgress?.({ done: index + 1, total: inputs.length, layer: '' });
  }
  const objective = { kind: 'time' } as const;
  return {
    version: 1,
    model,
    machine,
    objective,
    ...(accuracy && { accuracy }),
    library,
    layers: [...layers.values()].map(conclude),
  };
}
