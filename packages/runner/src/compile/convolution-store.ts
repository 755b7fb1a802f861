import {
  algorithm as algorithmInfo,
  Convolution,
  QuantizedConvolution,
  weightsFitAll,
} from '@zeroskip/kernels';
import type { Constant } from '@zeroskip/onnx';
import type { ConvLayer, QuantizedLayer } from '../lowering/actions.ts';
import {
  type AlgorithmChoice,
  type ConvolutionConfig,
  chooseAlgorithm,
  dimsOfChoice,
  type PlannedConvolution,
} from './algorithm-choice.ts';

interface Entry<C> {
  readonly convolution: C;
  /** Whether it stays without users. */
  readonly kept: boolean;
  users: number;
}

/** What runs a layer. */
export interface PackedLayer {
  readonly convolution: Convolution;
  /** Runs where a larger share of the input than `denseAbove` is not zero. */
  readonly dense?: Convolution;
  readonly denseAbove?: number;
}

interface Acquired extends PackedLayer {
  /** Of the convolutions, for their release. */
  readonly keys: readonly string[];
}

/** Packs a layer's weights, widened for the moment, for one algorithm. */
export function packLayer(layer: ConvLayer, config: ConvolutionConfig, weights: Float32Array): Convolution {
  return new Convolution(layer.spec, weights, layer.bias, {
    algorithm: config.algorithm,
    ...(config.parameters && { parameters: config.parameters }),
    activation: layer.activation,
  });
}

/**
 * The packed convolutions of a session, each kept once however many input shapes use it: those of the model's own
 * weights until the end, others, whose weights follow from values that were fed, as long as something uses them.
 */
export class ConvolutionStore {
  readonly #choice: AlgorithmChoice;
  readonly #own: ReadonlySet<Constant>;
  readonly #entries = new Map<string, Entry<Convolution>>();
  readonly #quantized = new Map<string, Entry<QuantizedConvolution>>();
  /** By layer, and by what its choice goes by. */
  readonly #chosen = new Map<string, PlannedConvolution>();
  readonly #fit = new Map<string, boolean>();
  readonly #numbers = new WeakMap<Constant, number>();
  #numbered = 0;
  #packings = 0;

  /** @param own the model's constants */
  constructor(choice: AlgorithmChoice, own: ReadonlySet<Constant>) {
    this.#choice = choice;
    this.#own = own;
  }

  /** How many times weights were packed. */
  get packings(): number {
    return this.#packings;
  }

  /**
   * Tells apart layers by name, by constants, which folding may make anew under one name, and by what branches of one
   * node may differ in, or may follow from the input's size: how it is padded.
   */
  #keyOf({ key, constants, spec }: Pick<ConvLayer, 'key' | 'constants' | 'spec'>): string {
    const numbers = constants.map((constant) => {
      const number = this.#numbers.get(constant) ?? this.#numbered++;
      this.#numbers.set(constant, number);
      return number;
    });
    const { pads, strides, dilations, group } = spec;
    return `${key} ${numbers.join()} ${pads.join()} ${strides.join()} ${dilations.join()} ${group}`;
  }

  #choose(layer: ConvLayer, key: string, kept: boolean, weights: () => Float32Array): PlannedConvolution {
    const fit = this.#fit.get(key) ?? weightsFitAll(weights());
    const unfit = fit ? undefined : weights();
    const inputDims = dimsOfChoice(layer);
    const about = { ...layer, inputDims };
    if (!kept) return chooseAlgorithm(this.#choice, about, unfit);
    this.#fit.set(key, fit);
    const reasons = `${key} ${inputDims.join()} ${layer.expectedDensity}`;
    const chosen = this.#chosen.get(reasons) ?? chooseAlgorithm(this.#choice, about, unfit);
    this.#chosen.set(reasons, chosen);
    return chosen;
  }

  /** The layer's packed convolutions; every `acquire` is paired with a `release` of its keys. */
  acquire(layer: ConvLayer): Acquired {
    const key = this.#keyOf(layer);
    const kept = this.#isKept(layer);
    let loaded: Float32Array | undefined;
    const weights = () => {
      loaded ??= layer.weights.load().data as Float32Array;
      return loaded;
    };
    const chosen = this.#choose(layer, key, kept, weights);
    const pack = (config: ConvolutionConfig) => this.#pack(layer, key, kept, config, weights);
    const main = pack(chosen);
    if (!chosen.guard) return { keys: [main.key], convolution: main.convolution };
    try {
      const dense = pack(chosen.guard);
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

  #isKept({ constants }: Pick<ConvLayer, 'constants'>): boolean {
    return constants.every((constant) => this.#own.has(constant));
  }

  /** The same of a layer of 8-bit integers. */
  acquireQuantized(layer: QuantizedLayer): { key: string; convolution: QuantizedConvolution } {
    const key = this.#keyOf(layer);
    let entry = this.#quantized.get(key);
    if (!entry) {
      const { spec, weights, zeros, bias, result } = layer;
      const values = weights.load().data as Uint8Array | Int8Array;
      const convolution = new QuantizedConvolution(spec, values, { zeros, bias, result });
      entry = { convolution, kept: this.#isKept(layer), users: 0 };
      this.#quantized.set(key, entry);
      this.#packings++;
    }
    entry.users++;
    return { key, convolution: entry.convolution };
  }

  #pack(
    layer: ConvLayer,
    layerKey: string,
    kept: boolean,
    config: ConvolutionConfig,
    weights: () => Float32Array,
  ) {
    const { id, parameters } = algorithmInfo(config.algorithm);
    const values = parameters.map(({ name, default: absent }) => config.parameters?.[name] ?? absent);
    const key = `${layerKey} ${id} ${values.join()}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = { convolution: packLayer(layer, config, weights()), kept, users: 0 };
      this.#entries.set(key, entry);
      this.#packings++;
    }
    entry.users++;
    return { key, convolution: entry.convolution };
  }

  release(keys: readonly string[]): void {
    for (const key of keys) {
      for (const entries of [this.#entries, this.#quantized]) {
        const entry = entries.get(key);
        if (!entry || --entry.users > 0 || entry.kept) continue;
        entries.delete(key);
        entry.convolution.release();
      }
    }
  }

  /** Frees all convolutions; programs in use keep theirs until they end. */
  clear(): void {
    for (const entries of [this.#entries, this.#quantized]) {
      for (const { convolution } of entries.values()) convolution.release();
      entries.clear();
    }
  }
}
