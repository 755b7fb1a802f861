import {
  algorithm as algorithmInfo,
  algorithms,
  Convolution,
  estimateMs,
  nominalRates,
  refusal,
} from '@zeroskip/kernels';
import { scattered } from '@zeroskip/selector';
import { ZeroskipError } from '@zeroskip/tensor';
import type { ConvLayer } from '../lowering/actions.ts';

/** An algorithm with values for its parameters; what is not named takes the descriptor's default. */
export interface ConvolutionConfig {
  readonly algorithm: string;
  readonly parameters?: Readonly<Record<string, number>>;
}

/** A layer's entry in a plan. */
export interface PlannedConvolution extends ConvolutionConfig {
  /** What runs instead where a larger share of the input than `density` is not zero. */
  readonly guard?: ConvolutionConfig & { readonly density: number };
}

/** What the session was told about algorithms. */
interface AlgorithmChoice {
  /** An algorithm's id, or `auto`. */
  readonly algorithm: string;
  /** By layer name. */
  readonly planned: ReadonlyMap<string, PlannedConvolution>;
}

interface Entry {
  readonly convolution: Convolution;
  users: number;
}

/** What runs a layer. */
export interface PackedLayer {
  /** Of the convolutions, for their release. */
  readonly keys: readonly string[];
  readonly convolution: Convolution;
  /** Runs where a larger share of the input than `denseAbove` is not zero. */
  readonly dense?: Convolution;
  readonly denseAbove?: number;
}

function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/** Why algorithm `id` does not take a layer. */
export function layerRefusal(
  id: string,
  layer: ConvLayer,
  weights: Float32Array | undefined,
): string | undefined {
  return refusal(id, layer.spec, [layer.inputDims[2], layer.inputDims[3]], weights);
}

/** The algorithm that is expected to take the least time. What the choice goes by is the same in every process. */
function leastExpected({ spec, inputDims, expectedDensity }: ConvLayer, ids: readonly string[]): string {
  const rates = nominalRates();
  const expected = ids.map((id) => estimateMs(id, spec, inputDims, scattered(expectedDensity), rates));
  return ids[expected.indexOf(Math.min(...expected))]!;
}

/** Packs a layer's weights, widened for the moment, for one algorithm. */
export function packLayer(layer: ConvLayer, config: ConvolutionConfig, weights: Float32Array): Convolution {
  return new Convolution(layer.spec, weights, layer.bias, {
    algorithm: config.algorithm,
    ...(config.parameters && { parameters: config.parameters }),
    activation: layer.activation,
  });
}

/** The packed convolutions of a session, each kept once however many input shapes use it. */
export class ConvolutionStore {
  readonly #choice: AlgorithmChoice;
  readonly #entries = new Map<string, Entry>();
  readonly #finite = new Map<string, boolean>();

  constructor(choice: AlgorithmChoice) {
    this.#choice = choice;
  }

  /** What a layer runs with, checked against its shape and weights. */
  #choose(layer: ConvLayer, weights: () => Float32Array): PlannedConvolution {
    const finite = this.#finite.get(layer.key) ?? allFinite(weights());
    this.#finite.set(layer.key, finite);
    const reason = (id: string) => layerRefusal(id, layer, finite ? undefined : weights());
    const planned = this.#choice.planned.get(layer.name);
    if (planned) {
      const ids = [planned, planned.guard].flatMap((config) => (config ? [config.algorithm] : []));
      const refusing = ids.find((id) => reason(id) !== undefined);
      if (refusing === undefined) return planned;
      throw new ZeroskipError(
        `Expected an algorithm that takes layer ${JSON.stringify(layer.name)} for its entry in the plan, received ${refusing}, which refuses: ${reason(refusing)}`,
        {
          code: 'ERR_INVALID_PLAN',
          expected: 'an algorithm that takes the layer',
          received: refusing,
          nodeName: layer.name,
        },
      );
    }
    const named = this.#choice.algorithm;
    if (named !== 'auto' && reason(named) === undefined) return { algorithm: named };
    const accepting = algorithms().filter(({ id }) => reason(id) === undefined);
    return {
      algorithm: leastExpected(
        layer,
        accepting.map(({ id }) => id),
      ),
    };
  }

  /** The layer's packed convolutions; every `acquire` is paired with a `release` of its keys. */
  acquire(layer: ConvLayer): PackedLayer {
    let loaded: Float32Array | undefined;
    const weights = () => {
      loaded ??= layer.weights.load().data as Float32Array;
      return loaded;
    };
    const chosen = this.#choose(layer, weights);
    const main = this.#pack(layer, chosen, weights);
    if (!chosen.guard) return { keys: [main.key], convolution: main.convolution };
    try {
      const dense = this.#pack(layer, chosen.guard, weights);
      const denseAbove = chosen.guard.density;
      return {
        keys: [main.key, dense.key],
        convolution: main.convolution,
        dense: dense.convolution,
        denseAbove,
      };
    } catch (error) {
      this.release([main.key]);
      throw error;
    }
  }

  #pack(layer: ConvLayer, config: ConvolutionConfig, weights: () => Float32Array) {
    const { id, parameters } = algorithmInfo(config.algorithm);
    const values = parameters.map(({ name, default: absent }) => config.parameters?.[name] ?? absent);
    const key = JSON.stringify([layer.key, id, ...values]);
    const entry = this.#entries.get(key) ?? { convolution: packLayer(layer, config, weights()), users: 0 };
    this.#entries.set(key, entry);
    entry.users++;
    return { key, convolution: entry.convolution };
  }

  release(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (!entry || --entry.users > 0) continue;
      this.#entries.delete(key);
      entry.convolution.release();
    }
  }
}
