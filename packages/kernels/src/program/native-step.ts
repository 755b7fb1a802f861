/** The steps of a program as the addon takes them, and the views that they are on. */

import type { ElementwiseInstruction } from '../elementwise.ts';

/** Weights packed for one algorithm. Opaque. */
export interface NativeConvolution {
  readonly __convolution: unique symbol;
}

/** Weights of 8 bits, packed for one instruction set. Opaque. */
export interface NativeQuantized {
  readonly __quantized: unique symbol;
}

/**
 * A channels-last map inside an arena (or among the constants): element (n, y, x, c) is at
 * `offset + n * imageStride + y * rowStride + x * pixelStride + c`, in elements.
 */
export interface View {
  /** 8-bit integers, which are never constants; float32 when absent. */
  element?: 'uint8' | 'int8';
  /** Integers stand for `scale · (q - zero)`; 1 and 0 when absent. */
  scale?: number;
  zero?: number;
  constant?: boolean;
  offset: number;
  n: number;
  h: number;
  w: number;
  c: number;
  /** At least `c`; larger when the map is a range of channels of a wider one (concatenation in place). */
  pixelStride: number;
  /** `w * pixelStride` when absent. Larger when the map is a range of columns of a wider one. */
  rowStride?: number;
  /** `h * rowStride` when absent. */
  imageStride?: number;
}

/** A convolution, and one to run instead where a larger share of the input than `denseAbove` is not zero. */
export interface Guarded<C> {
  convolution: C;
  dense?: C;
  denseAbove?: number;
}

/** A map of the output's dims that is added to the result of a convolution, by default after its activation. */
export interface Addition {
  addend?: View;
  /** Adds before the activation. */
  addFirst?: boolean;
}

/** Convolutions that may run as one, some rows of the last at a time. */
export interface Chained {
  /**
   * Of the first: how many convolutions, this one and those behind it, are a chain. Each reads what the one before it
   * wrote, and nothing else does: these maps are in the arena only where the steps are executed apart. What the chain
   * reads and writes beside them does not overlap.
   */
  chain?: number;
}

/** The views of a convolution of 8-bit integers, and what these are. */
export interface QuantizedOperands {
  inputs: readonly View[];
  dynamic: boolean;
  adds: boolean;
  /** Adds before the activation. */
  addFirst: boolean;
  output: View;
}

export const reductions = [
  ...(['sum', 'mean', 'product', 'max', 'min'] as const),
  ...(['argMax', 'argMin', 'lastArgMax', 'lastArgMin'] as const),
] as const;

export type Reduction = (typeof reductions)[number];

/** `lstmOfBytes` quantizes the state to uint8 before each product, as onnxruntime's DynamicQuantizeLSTM does. */
export type RecurrentKind = 'rnn' | 'gru' | 'gruResetLast' | 'lstm' | 'lstmOfBytes';

export type NativeStep =
  | ({ op: 'conv'; input: View; output: View } & Guarded<NativeConvolution> & Addition & Chained)
  | (NativeWindow & {
      op: 'pool';
      kind: 'max' | 'average';
      /** Whether padding counts, below and to the right, too. */
      countIncludePad: boolean;
      input: View;
      output: View;
    })
  /**
   * The elements at one place of the inputs, each of whose dims is the output's or 1, go through `code`; the last
   * result is stored, or without instructions the first input.
   */
  | { op: 'elementwise'; inputs: readonly View[]; code: readonly ElementwiseInstruction[]; output: View }
  /**
   * Of each image, `output` (w × c) is `a` (w × k) times `b` (k × c, or c × k where it is transposed), channels being
   * columns. `a` and `b` have as many images as `output`, or one for all.
   */
  | { op: 'matmul'; a: View; b: View; transposed: boolean; output: View }
  /**
   * A state that is carried along the rows of the first input, for each column alone, from the last row on where it is
   * `reverse`. That input has the products with the weights of the network's inputs, biases added: as many channels as
   * all gates have, in the order of ONNX's RNN, GRU and LSTM. Then come the weights of the state, a pixel of as many
   * channels for each of its elements; for `gruResetLast` (`linear_before_reset`) the candidate's bias; the hidden
   * state, a pixel for each column, and for `lstm` the cell, which change. `output` is the hidden one after each row.
   */
  | { op: 'recurrent'; kind: RecurrentKind; reverse: boolean; inputs: readonly View[]; output: View }
  /** Over the axes along which the output has 1 where the input has more. */
  | { op: 'reduce'; kind: Reduction; input: View; output: View }
  /**
   * A convolution of 8-bit integers. `inputs` begin with the map: integers, whose `zero` is taken from them, or
   * floats, which are quantized to uint8 while they are read. Where it is `dynamic`, the scale of these follows, a
   * float, and their zero point, an integer of their type: floats are always dynamic. Where it `adds`, a map of the
   * output's dims follows, which is added to it: floats to floats, integers to integers.
   */
  | ({ op: 'quantizedConv'; quantized: NativeQuantized } & QuantizedOperands)
  /**
   * The scale and zero point by which the input's least and largest value, and 0, fit in uint8, as ONNX's
   * DynamicQuantizeLinear has it: the output is a pixel of two floats, the scale, and the zero point as a byte.
   */
  | { op: 'range'; input: View; output: View }
  | { op: 'resize'; rows: ResizeAxis; columns: ResizeAxis; input: View; output: View }
  /** From row-major N, C, H, W at `offset` (its strides are ignored) to a channels-last view. */
  | { op: 'toChannelsLast'; input: View; output: View }
  /** From a channels-last view to row-major N, C, H, W at `offset`. */
  | { op: 'toChannelsFirst'; input: View; output: View }
  /** Over the channels of each pixel. */
  | { op: 'softmax'; input: View; output: View };

/** Output element i is `(1 - weight[i]) * in[low[i]] + weight[i] * in[high[i]]`. */
export interface ResizeAxis {
  low: Int32Array;
  high: Int32Array;
  weight: Float32Array;
}

/** How a kernel moves over a map. */
interface NativeWindow {
  kernelH: number;
  kernelW: number;
  strideH: number;
  strideW: number;
  dilationH: number;
  dilationW: number;
  padTop: number;
  padLeft: number;
  padBottom: number;
  padRight: number;
}

/** Geometry of one convolution on one input size, flat for the boundary. */
export interface NativeConvSpec extends NativeWindow {
  inChannels: number;
  outChannels: number;
  group: number;
}
