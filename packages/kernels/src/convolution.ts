import {
  assertInteger,
  type ConvSpec,
  convSpec,
  dilatedExtent,
  isTypedArray,
  outputSize,
  type Pair,
  rangeError,
  released,
  typeError,
  weightCount,
  ZeroskipError,
} from '@zeroskip/tensor';
import type { AlgorithmInfo } from './addon.ts';
import { algorithm } from './algorithms.ts';
import { assertActivation, assertPixels } from './checks.ts';
import type { Activation } from './elementwise.ts';
import { loadAddon } from './load-addon.ts';
import type { NativeConvolution, NativeConvSpec } from './program/native-step.ts';

export interface ConvolutionOptions {
  readonly algorithm: string;
  /** Values by parameter name; what is not named takes the descriptor's default. */
  readonly parameters?: Readonly<Record<string, number>>;
  readonly activation?: Activation;
}

export function nativeConvSpec(spec: ConvSpec): NativeConvSpec {
  return {
    inChannels: spec.inChannels,
    outChannels: spec.outChannels,
    group: spec.group,
    kernelH: spec.kernel[0],
    kernelW: spec.kernel[1],
    strideH: spec.strides[0],
    strideW: spec.strides[1],
    dilationH: spec.dilations[0],
    dilationW: spec.dilations[1],
    padTop: spec.pads[0],
    padLeft: spec.pads[1],
    padBottom: spec.pads[2],
    padRight: spec.pads[3],
  };
}

/** Products of weights beyond it, transformed, may overflow where those of the weights themselves do not. */
const LARGEST_TRANSFORMED = 2 ** 100;

/** The largest float32. */
const LARGEST = 2 ** 128 - 2 ** 104;

/** Whether no algorithm refuses a layer for its weights. */
export function weightsFitAll(weights: Float32Array): boolean {
  return loadAddon().allWithin(weights, LARGEST_TRANSFORMED);
}

/** Whether an algorithm takes a layer's weights. */
export function weightsFit({ sparse, strict }: AlgorithmInfo, weights: Float32Array): boolean {
  return strict ? !sparse || loadAddon().allWithin(weights, LARGEST) : weightsFitAll(weights);
}

/**
 * Why `id` does not take this layer on inputs of `[height, width]`, in words for a person; undefined when it
 * does. Skipping zeros is exact for finite weights only, so sparse algorithms refuse `weights` that are not; those that
 * transform weights refuse some that are huge, too.
 */
export function refusal(id: string, spec: ConvSpec, input: Pair, weights?: Float32Array): string | undefined {
  const info = algorithm(id);
  const checked = convSpec(spec);
  outputSize(checked, input);
  const fit = weights === undefined || weightsFit(info, weights);
  return loadAddon().refusal(id, nativeConvSpec(checked), input[0], input[1], fit);
}

/** `[height, width]` of the smallest input that has an output. */
function smallestInput({ kernel, dilations, pads }: ConvSpec): Pair {
  const size = (axis: 0 | 1) =>
    Math.max(1, dilatedExtent(kernel[axis], dilations[axis]) - pads[axis] - pads[axis + 2]!);
  return [size(0), size(1)];
}

/** A convolution with its weights packed for one algorithm, once. Holds native memory until `release()`. */
export class Convolution {
  readonly spec: ConvSpec;
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
  #native: NativeConvolution | undefined;

  /**
   * @param weights `outChannels × inChannels/group × kernelH × kernelW`, row-major
   * @param bias one value per output channel
   */
  constructor(
    spec: ConvSpec,
    weights: Float32Array,
    bias: Float32Array | undefined,
    options: ConvolutionOptions,
  ) {
    const checked = convSpec(spec);
    const info = algorithm(options.algorithm);
    if (!isTypedArray(weights, 'Float32Array')) throw typeError('weights', 'a Float32Array', weights);
    if (weights.length !== weightCount(checked)) {
      throw rangeError('weights', `${weightCount(checked)} values`, weights.length, 'ERR_INVALID_SHAPE');
    }
    if (bias !== undefined && !isTypedArray(bias, 'Float32Array'))
      throw typeError('bias', 'a Float32Array', bias);
    if (bias !== undefined && bias.length !== checked.outChannels) {
      throw rangeError('bias', `${checked.outChannels} values`, bias.length, 'ERR_INVALID_SHAPE');
    }
    const parameters: Record<string, number> = {};
    for (const parameter of info.parameters) parameters[parameter.name] = parameter.default;
    for (const [name, value] of Object.entries(options.parameters ?? {})) {
      const parameter = info.parameters.find((candidate) => candidate.name === name);
      if (!parameter) {
        const names = info.parameters.map((candidate) => candidate.name).join(', ') || 'no parameters';
        throw rangeError('parameters', `${names} for algorithm ${info.id}`, name);
      }
      if (value !== parameter.default && !parameter.choices.includes(value)) {
        throw rangeError(`parameter ${name}`, `one of ${parameter.choices.join(', ')}`, value);
      }
      parameters[name] = value;
    }
    const reason = refusal(info.id, checked, smallestInput(checked), weights);
    if (reason !== undefined) {
      throw new ZeroskipError(`Algorithm ${info.id} refuses this convolution: ${reason}`, {
        code: 'ERR_REFUSED',
        expected: 'a convolution that the algorithm takes',
        received: reason,
      });
    }
    this.spec = checked;
    this.algorithm = info.id;
    this.parameters = parameters;
    const { name, alpha = 0, beta = 0 } = options.activation ?? { name: 'none' };
    assertActivation('the convolution', name, alpha, beta);
    this.#native = loadAddon().createConvolution(
      info.id,
      nativeConvSpec(checked),
      weights,
      bias,
      { activation: name, alpha, beta },
      info.parameters.map((parameter) => parameters[parameter.name]!),
    );
  }

  /** @internal */
  get native(): NativeConvolution {
    if (!this.#native) throw released('convolution');
    return this.#native;
  }

  get released(): boolean {
    return this.#native === undefined;
  }

  /** Why its algorithm does not take inputs of `[height, width]`, in words for a person; undefined when it does. */
  refusal(input: Pair): string | undefined {
    outputSize(this.spec, input);
    return loadAddon().convolutionRefusal(this.native, input[0], input[1]);
  }

  /** Bytes of packed weights. */
  get packedBytes(): number {
    return loadAddon().convolutionBytes(this.native);
  }

  /** Peak workspace in bytes for inputs of `batch × inChannels × height × width`. */
  workspaceBytes(input: Pair, options: { batch?: number; threads?: number } = {}): number {
    const { batch = 1, threads = 1 } = options;
    assertPixels(this.spec, batch, input);
    assertInteger('threads', threads, 1, 1024);
    return loadAddon().workspaceBytes(this.native, batch, input[0], input[1], threads);
  }

  /** Frees the packed weights. Runs in flight keep them until they end. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseConvolution(this.#native);
    this.#native = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
