import { type ConvSpec, convSpec, Tensor } from '@zeroskip/tensor';
import { type Constant, constantFrom } from '../model/graph.ts';
import type { NodeView } from '../model/node-view.ts';
import type { Lowering } from './lowering.ts';
import { densePlace, type Place } from './place.ts';

/** A convolution to emit. */
interface ConvolutionRequest {
  readonly spec: ConvSpec;
  readonly weights: Constant;
  readonly bias: Constant | undefined;
  /** Where the input is, when it is not the node's first input as it stands. */
  readonly input?: Place;
}

export function lowerConvolution(lowering: Lowering, node: NodeView, request: ConvolutionRequest): boolean {
  const input = request.input ?? lowering.map(node.input(0));
  const bias = request.bias?.load().data as Float32Array | undefined;
  lowering.emitConvolution(node, { ...request, bias }, input, lowering.output(node, 0), node.node.activation);
  return true;
}

/** A 1×1 convolution of `input` that is a part of how `node` is computed. */
export function emitPointwise(
  lowering: Lowering,
  node: NodeView,
  input: Place,
  output: Place,
  weights: Float32Array,
  bias: Float32Array,
): void {
  const spec = convSpec({ inChannels: input.c, outChannels: output.c, kernel: [1, 1] });
  const dims = [output.c, input.c, 1, 1];
  const constant = constantFrom(new Tensor('float32', weights, dims));
  lowering.emitConvolution(node, { spec, weights: constant, bias }, input, output, undefined);
}

/** The first input as `m × k`, times weights `n × k`: a 1×1 convolution over m pixels. */
export function lowerMatrixProduct(
  lowering: Lowering,
  node: NodeView,
  m: number,
  k: number,
  n: number,
  weights: Constant,
  bias: Float32Array | undefined,
): boolean {
  if (m === 0 || n === 0) return false;
  const input = node.input(0);
  const spec = convSpec({ inChannels: k, outChannels: n, kernel: [1, 1] });
  const shape = { n: 1, h: 1, w: m, c: k };
  const isMatrix = input.dims.length === 2;
  const rows = isMatrix
    ? { ...lowering.map(input), ...shape }
    : densePlace(lowering.values.rows(input.name).region, shape, lowering.values.rows(input.name).offset);
  const home = lowering.values.defineRows(node.node.outputs[0]!);
  const output = densePlace(home.region, { n: 1, h: 1, w: m, c: n }, home.offset);
  lowering.emitConvolution(node, { spec, weights, bias }, rows, output, node.node.activation);
  return true;
}
