import { algorithm as algorithmInfo, algorithms, Convolution, refusal } from '@zeroskip/kernels';
import { ZeroskipError } from '@zeroskip/tensor';
import type { ConvLayer } from './lowering/actions.ts';
import type { ConvolutionConfig } from './probe.ts';

/** What the session was told about algorithms. */
interface AlgorithmChoice {
  /** An algorithm's id, or `auto`. */
  readonly algorithm: string;
  /** By layer name. */
  readonly planned: ReadonlyMap<string, ConvolutionConfig>;
}

interface Entry {
  readonly convolution: Convolution;
  users: number;
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

  /** The algorithm that a layer runs with, checked against its shape and weights. */
  #choose(layer: ConvLayer, weights: () => Float32Array): ConvolutionConfig {
    const finite = this.#finite.get(layer.key) ?? allFinite(weights());
    this.#finite.set(layer.key, finite);
    const reason = (id: string) => layerRefusal(id, layer, finite ? undefined : weights());
    const planned = this.#choice.planned.get(layer.name);
    if (planned) {
      const refused = reason(planned.algorithm);
      if (refused === undefined) return planned;
      throw new ZeroskipError(
        `Expected an algorithm that takes layer ${JSON.stringify(layer.name)} for its entry in the plan, received ${planned.algorithm}, which refuses: ${refused}`,
        {
          code: 'ERR_INVALID_PLAN',
          expected: 'an algorithm that takes the layer',
          received: planned.algorithm,
          nodeName: layer.name,
        },
      );
    }
    const order = algorithms().map(({ id }) => id);
    const preferred = this.#choice.algorithm === 'auto' ? order : [this.#choice.algorithm, ...order];
    return { algorithm: preferred.find((id) => reason(id) === undefined)! };
  }

  /** The layer's packed convolution; every `acquire` is paired with a `release` of its key. */
  acquire(layer: ConvLayer): { readonly key: string; readonly convolution: Convolution } {
    let loaded: Float32Array | undefined;
    const weights = () => {
      loaded ??= layer.weights.load().data as Float32Array;
      return loaded;
    };
    const config = this.#choose(layer, weights);
    const { id, parameters } = algorithmInfo(config.algorithm);
    const values = parameters.map(({ name, default: absent }) => config.parameters?.[name] ?? absent);
    const key = JSON.stringify([layer.key, id, ...values]);
    const entry = this.#entries.get(key) ?? { convolution: packLayer(layer, config, weights()), users: 0 };
    this.#entries.set(key, entry);
    entry.users++;
    return { key, convolution: entry.convolution };
  }

  release(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry || --entry.users > 0) return;
    this.#entries.delete(key);
    entry.convolution.release();
  }
}
