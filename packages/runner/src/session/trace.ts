import type { Pads, Pair } from '@zeroskip/tensor';

/** What one executed layer took. Nodes that were folded or fused away have no entry of their own. */
export interface NodeTrace {
  /**
   * The node's name in the graph (its first output's name where it has none). A ConvTranspose that is several
   * convolutions has one entry for each: `node/phase-row` or `node/phase-row-column`, by the first output pixel.
   */
  readonly name: string;
  /** The node's operator, as in the model. */
  readonly opType: string;
  readonly ms: number;
}

/** A convolution's trace: which algorithm ran, on what, and where its time went. */
export interface ConvolutionTrace extends NodeTrace {
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** N, C, H, W. A 1-D convolution has H = 1. */
  readonly inputShape: readonly [number, number, number, number];
  /** `M × C/group × kH × kW`. */
  readonly weightShape: readonly [number, number, number, number];
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
  readonly group: number;
  /** Non-zero elements of the input ÷ elements, padding excluded. */
  readonly density: number;
  /** Whether the input held so few zeros that the plan's dense algorithm ran. */
  readonly guarded: boolean;
  readonly encodeMs: number;
  readonly computeMs: number;
  /**
   * What the products read for the input: the lists, or rows of a lowered matrix, that the algorithm wrote, all that it
   * wrote more than once included; or the input where it lies.
   */
  readonly loweredBytes: number;
  /** Peak workspace beside the maps themselves. */
  readonly workspaceBytes: number;
  /** Of its packed weights and bias. Those of `winograd` take several times the space of others. */
  readonly packedBytes: number;
}

export type LayerTrace = NodeTrace | ConvolutionTrace;

export function isConvolutionTrace(layer: LayerTrace): layer is ConvolutionTrace {
  return 'algorithm' in layer;
}
