import { atNode, type GraphNode, type NodeView } from '@zeroskip/onnx';
import { type ConvSpec, convolutionSum, convSpec, sizeOf } from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { type FloatArray, floats } from './common/types.ts';
import {
  asPair,
  autoPadOf,
  outputDims,
  spatialRankOf,
  type Window,
  windowOf,
  windowOutput,
} from './common/window.ts';
import { volumeConvolution } from './volume/convolution.ts';

interface ConvGeometry {
  readonly window: Window;
  readonly spec: ConvSpec;
  readonly dims: number[];
}

type Shape = Pick<ConvGeometry, 'window' | 'spec'>;

/** What does not depend on the input's height and width, of nodes that were checked, by the weights' dims. */
const checked = new WeakMap<GraphNode, Shape & { readonly weights: readonly number[] }>();

/** A Conv node's window and spec; a 1-D convolution is a 2-D one of height 1. */
function convShape(node: NodeView): Shape {
  const rank = spatialRankOf(node);
  const [, channels, ...size] = node.input(0).dims as [number, number, ...number[]];
  const weights = node.input(1).dims;
  const known = checked.get(node.node);
  if (known?.weights === weights && known.spec.inChannels === channels && known.window.spatialRank === rank) {
    return { spec: known.spec, window: { ...known.window, input: asPair(size, 1) } };
  }
  if (weights.length !== rank + 2)
    throw node.error('rank of the weights', String(rank + 2), weights.length, 'ERR_INVALID_SHAPE');
  const [outChannels, perGroup, ...kernel] = weights as [number, number, ...number[]];
  const declared = node.ints('kernel_shape');
  if (declared && (declared.length !== kernel.length || declared.some((extent, i) => extent !== kernel[i]))) {
    throw node.error('attribute kernel_shape', `the weights' [${kernel.join(', ')}]`, declared);
  }
  if (kernel.some((extent) => extent < 1))
    throw node.error('dims of the weights', 'at least 1', weights, 'ERR_INVALID_SHAPE');
  const window = windowOf(node, kernel);
  const group = node.int('group', 1);
  let spec: ConvSpec;
  try {
    spec = convSpec({ ...window, inChannels: channels, outChannels, group });
  } catch (error) {
    throw atNode(node.node, error);
  }
  if (perGroup !== channels / group) {
    throw node.error(
      'dims[1] of the weights',
      `${channels / group} (${channels} channels in ${group} groups)`,
      perGroup,
      'ERR_INVALID_SHAPE',
    );
  }
  const mode = autoPadOf(node);
  if (mode === 'NOTSET' || mode === 'VALID') checked.set(node.node, { window, spec, weights });
  return { window, spec };
}

export function convGeometry(node: NodeView): ConvGeometry {
  const { window, spec } = convShape(node);
  const { outChannels } = spec;
  const bias = node.inputs[2];
  if (bias && (bias.dims.length !== 1 || bias.dims[0] !== outChannels)) {
    throw node.error('dims of the bias', `[${outChannels}]`, bias.dims, 'ERR_INVALID_SHAPE');
  }
  const [n] = node.input(0).dims as [number];
  return { window, spec, dims: outputDims(n, outChannels, windowOutput(node, window), window.spatialRank) };
}

/** Sums in double precision, row-major, of a node whose first inputs are a map and weights. */
export function convolve(
  node: NodeView,
  map: FloatArray,
  weights: FloatArray,
  bias: FloatArray | undefined,
  to: { [index: number]: number },
): void {
  const { window, spec, dims } = convGeometry(node);
  const [oh, ow] = windowOutput(node, window);
  const sumAt = convolutionSum({ spec, input: window.input, map, weights, bias });
  let at = 0;
  for (let image = 0; image < dims[0]!; image++) {
    for (let m = 0; m < spec.outChannels; m++) {
      for (let y = 0; y < oh; y++) {
        for (let i = 0; i < ow; i++) to[at++] = sumAt(image, m, y, i).sum;
      }
    }
  }
}

/** Whether a convolution's weights and bias are known when they are packed, and there is something to convolve. */
export function isNative(node: NodeView): boolean {
  const bias = node.inputs[2];
  const isKnown = node.input(1).constant?.type === 'float32' && (!bias || bias.constant !== undefined);
  return isKnown && sizeOf(node.input(0).dims) > 0;
}

export const conv: Operator = {
  opType: 'Conv',
  limits: 'One to three spatial axes. Native with constant weights and bias.',
  inputs: [2, 3],
  types: [floats, 0],
  fusesActivation: true,
  fusesAddition: isNative,
  decompose: volumeConvolution,
  infer(node) {
    return [{ type: node.input(0).type, dims: convGeometry(node).dims }];
  },
  evaluate: (node, [x, weights, bias], [out]) =>
    filled<FloatArray>(out!, (to) =>
      convolve(
        node,
        x!.data as FloatArray,
        weights!.data as FloatArray,
        bias?.data as FloatArray | undefined,
        to,
      ),
    ),
  lower(node, lowering) {
    if (!isNative(node)) return false;
    const { spec } = convGeometry(node);
    const weights = node.input(1).constant!;
    const bias = node.inputs[2]?.constant?.load().data as Float32Array | undefined;
    const [input, output] = [lowering.map(node.input(0)), lowering.output(node, 0)];
    lowering.emitConvolution(node, { spec, weights, bias }, input, output, node.node.activation);
    return true;
  },
};
