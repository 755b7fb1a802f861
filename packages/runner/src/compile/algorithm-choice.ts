import {
  type Accuracy,
  algorithm as algorithmInfo,
  estimates,
  nominalRates,
  refusal,
  scattered,
} from '@zeroskip/kernels';
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
export interface AlgorithmChoice {
  /** An algorithm's id, or `auto`. */
  readonly algorithm: string;
  /** By layer name. */
  readonly planned: ReadonlyMap<string, PlannedConvolution>;
  readonly accuracy: Accuracy;
}

type Geometry = Pick<ConvLayer, 'spec' | 'inputDims'>;

/** Why algorithm `id` does not take a layer. */
export function layerRefusal(
  id: string,
  { spec, inputDims }: Geometry,
  weights: Float32Array | undefined,
  accuracy: Accuracy,
): string | undefined {
  if (accuracy === 'strict' && !algorithmInfo(id).strict) {
    return 'the accuracy is strict, and it does not sum float32 products of inputs and weights';
  }
  return refusal(id, spec, [inputDims[2], inputDims[3]], weights);
}

/** Beyond this many pixels layers are not rounded: native code counts pixels in 32 bits. */
const MAX_ROUNDED = 2 ** 28;

/** `size` rounded up to three binary digits. */
function rounded(size: number): number {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(size)) - 2);
  return Math.ceil(size / unit) * unit;
}

/**
 * Dims that the choice of an algorithm goes by: those of the layer's input, rounded up, so that sizes that are alike
 * have one choice. What takes an input takes a smaller one.
 */
export function dimsOfChoice({ inputDims }: ConvLayer): ConvLayer['inputDims'] {
  const [n, c, h, w] = inputDims;
  return n * h * w > MAX_ROUNDED ? inputDims : [rounded(n), c, rounded(h), rounded(w)];
}

/** Milliseconds, of a usual core, that a MiB of packed weights has to save. */
const MS_PER_MIB = 0.18;

/**
 * What is left of zeros in deep layers: a ReLU's maps of 64 channels hold half non-zeros, of 512 and more a fifth, in
 * VGG-16 and ResNet-50 as published, and in ISNet but for a few.
 */
function densityOf({ spec, expectedDensity }: ConvLayer): number {
  if (expectedDensity === 1) return 1;
  const usual = 0.5 - 0.1 * Math.log2(spec.inChannels / 64);
  return Math.min(expectedDensity, Math.max(0.2, usual));
}

/**
 * The algorithm that is expected to take the least time, counting some for the memory of its weights. What the choice
 * goes by is the same in every process.
 */
function leastExpected(layer: ConvLayer, weights: Float32Array | undefined, accuracy: Accuracy): string {
  const map = scattered(densityOf(layer));
  let least: { readonly id: string; readonly ms: number } | undefined;
  for (const { algorithm, ms, packedBytes } of estimates(
    layer.spec,
    layer.inputDims,
    map,
    nominalRates(),
    weights,
  )) {
    const expected = ms + (packedBytes / 2 ** 20) * MS_PER_MIB;
    const isAllowed = algorithm.strict || accuracy !== 'strict';
    if (isAllowed && !(least && least.ms <= expected)) least = { id: algorithm.id, ms: expected };
  }
  return least!.id;
}

/**
 * What a layer runs with, checked against its shape and weights.
 * @param weights where an algorithm may refuse them
 * @throws `ZeroskipError` with code `ERR_INVALID_PLAN` where the plan has an algorithm for it that refuses
 */
export function chooseAlgorithm(
  { algorithm, planned, accuracy }: AlgorithmChoice,
  layer: ConvLayer,
  weights: Float32Array | undefined,
): PlannedConvolution {
  const reason = (id: string) => layerRefusal(id, layer, weights, accuracy);
  const entry = planned.get(layer.name);
  if (entry) {
    const ids = [entry, entry.guard].flatMap((config) => (config ? [config.algorithm] : []));
    const refusing = ids.find((id) => reason(id) !== undefined);
    if (refusing === undefined) return entry;
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
  if (algorithm !== 'auto' && reason(algorithm) === undefined) return { algorithm };
  return { algorithm: leastExpected(layer, weights, accuracy) };
}
