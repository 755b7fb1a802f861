import type { Activation, QuantizedConvStep, QuantizedResult, Step } from '@zeroskip/kernels';
import type { Constant, GraphNode, ValueType } from '@zeroskip/onnx';
import type { ConvSpec, ElementType, Tensor } from '@zeroskip/tensor';
import type { Place } from './place.ts';

/** A convolution of the network, before an algorithm is chosen and its weights are packed. */
export interface ConvLayer {
  /** The node's name in the graph. */
  readonly name: string;
  /** Tells apart layers of one graph, also under one name. */
  readonly key: string;
  readonly spec: ConvSpec;
  /** `M × C/group × kH × kW`. */
  readonly weights: Constant;
  readonly bias: Float32Array | undefined;
  /** Inputs of the node, from which weights and bias are made. */
  readonly constants: readonly Constant[];
  readonly activation: Activation;
  /** N, C, H, W. */
  readonly inputDims: readonly [number, number, number, number];
  /** Share of the input that is expected not to be zero, by the operators before. */
  readonly expectedDensity: number;
}

/** A convolution of 8-bit integers, before its weights are packed. */
export interface QuantizedLayer extends Pick<ConvLayer, 'key' | 'spec' | 'constants'> {
  /** `M × C/group × kH × kW`, of 8 bits. */
  readonly weights: Constant;
  /** Zero points of the weights, and a bias of the sums, by output channel. */
  readonly zeros: Int32Array | undefined;
  readonly bias: Int32Array | undefined;
  readonly result: QuantizedResult;
}

type Placed<S> = S extends { op: string }
  ? {
      [K in keyof S]: K extends 'input' | 'output' | 'a' | 'b'
        ? Place
        : K extends 'inputs'
          ? readonly Place[]
          : S[K];
    }
  : never;

/** A native step on places; a convolution is still a layer. */
export type PlacedStep =
  | Placed<Exclude<Step, { op: 'conv' | 'quantizedConv' }>>
  | Placed<Omit<QuantizedConvStep, 'convolution'> & { readonly layer: QuantizedLayer }>
  | {
      readonly op: 'conv';
      readonly layer: ConvLayer;
      readonly input: Place;
      readonly output: Place;
      readonly addend?: Place;
      readonly addFirst?: boolean;
    };

export type ElementwiseStep = Extract<PlacedStep, { op: 'elementwise' }>;

/** The input, whose dims are the output's or 1. */
export function copyStep(input: Place, output: Place): PlacedStep {
  return { op: 'elementwise', inputs: [input], code: [], output };
}

/** What an action is done for: a node of the graph, or a value that is converted between forms. */
export interface Origin {
  readonly name: string;
  readonly opType: string;
}

/** What a run does, in order. */
export type Action =
  | { readonly kind: 'step'; readonly origin: Origin; readonly step: PlacedStep }
  /** Evaluates a node on the main thread, on tensors of the run. */
  | {
      readonly kind: 'host';
      readonly node: GraphNode;
      readonly types: readonly ValueType[];
      evaluate(inputs: readonly (Tensor | undefined)[]): Tensor[];
    }
  /** Copies a tensor of the run to the arena, row-major: 8-bit integers as they are, other values as floats. */
  | { readonly kind: 'write'; readonly value: string; readonly place: Place }
  /** Copies a value of the arena, channels-last or row-major, to a tensor of the run. */
  | {
      readonly kind: 'read';
      readonly value: string;
      readonly place: Place;
      readonly type: ElementType;
      readonly dims: readonly number[];
    };

/** The places that a step reads. */
function sourcesOf(step: PlacedStep): readonly Place[] {
  if ('inputs' in step) return step.inputs;
  if (step.op === 'matmul') return [step.a, step.b];
  if (step.op === 'conv' && step.addend) return [step.input, step.addend];
  return [step.input];
}

/** The places that an action reads and writes in the arena or among the constants. */
export function placesOf(action: Action): {
  readonly reads: readonly Place[];
  readonly writes: readonly Place[];
} {
  switch (action.kind) {
    case 'step':
      return { reads: sourcesOf(action.step), writes: [action.step.output] };
    case 'read':
      return { reads: [action.place], writes: [] };
    case 'write':
      return { reads: [], writes: [action.place] };
    case 'host':
      return { reads: [], writes: [] };
  }
}
