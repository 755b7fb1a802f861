import type { Activation } from '@zeroskip/kernels';
import type { ConvSpec } from '@zeroskip/tensor';
import type { ConvolutionConfig } from '../compile/algorithm-choice.ts';

/** An algorithm, and why it does not take the layer when it does not. */
export interface Candidate {
  readonly id: string;
  readonly refusal?: string;
}

/** One value per round, in milliseconds. */
export interface ConfigTiming {
  /** From start to end. */
  readonly ms: Float64Array;
  /** These two are means over the threads that took part, so their sum may be less. */
  readonly encodeMs: Float64Array;
  readonly computeMs: Float64Array;
  /** Peak workspace beside the maps themselves. */
  readonly workspaceBytes: number;
  /** Of packed weights and bias. */
  readonly packedBytes: number;
}

/** A map of the output's dims that is added to the result of a convolution. */
export interface Addend {
  /** In N, C, H, W order. */
  readonly values: Float32Array;
  readonly beforeActivation: boolean;
}

/** One convolution of a running network, on its real input, just before it executes. Valid during its visit. */
export interface LayerProbe {
  /** As in a trace: the node's name in the graph, or the node's with the phase of a ConvTranspose behind it. */
  readonly name: string;
  readonly spec: ConvSpec;
  /** N, C, H, W. */
  readonly inputDims: readonly [number, number, number, number];
  /** `M × C/group × kH × kW`, after folding (BatchNormalization is part of it). */
  readonly weights: Float32Array;
  readonly bias: Float32Array | undefined;
  /** Fused after the convolution. */
  readonly activation: Activation;
  /** A copy of the layer's input in N, C, H, W order. */
  readInput(): Float32Array;
  /** A copy of the map that is added in the same step, where there is one. */
  readAddend(): Addend | undefined;
  /** Every algorithm in order of preference, with the reason where it refuses this layer. */
  candidates(): Candidate[];
  /**
   * Runs one configuration on the layer's input, with what is fused after it.
   * @returns the result in N, C, H, W order
   * @throws as `time`
   */
  compute(config: ConvolutionConfig): Promise<Float32Array>;
  /**
   * Runs each configuration `rounds` times on the layer's input, interleaved, on `threads` threads (the session's
   * without).
   * @returns one entry per configuration
   * @throws `ZeroskipError` with code `ERR_REFUSED` for an algorithm that refuses the layer
   */
  time(
    configs: readonly ConvolutionConfig[],
    options: { rounds: number; threads?: number },
  ): Promise<ConfigTiming[]>;
}
