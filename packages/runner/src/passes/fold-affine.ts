import { committed } from '@zeroskip/kernels';
import {
  type Body,
  type Constant,
  constantFrom,
  freshNames,
  type GraphNode,
  NodeView,
  readers,
} from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import type { Affine } from '../ops/common/operator.ts';
import { hasOperator, operatorOf } from '../ops/index.ts';

/** Output channels of a convolution's weights, `M × C/group × …`, or of a transposed one's, `C × M/group × …`. */
function outChannels({ opType, attributes }: GraphNode, { dims }: Constant): number {
  const group = attributes.get('group');
  return opType === 'Conv' ? dims[0]! : dims[1]! * (group?.kind === 'int' ? Number(group.value) : 1);
}

/** The weights of `conv`, each times the factor of its output channel. */
function scaledWeights(conv: GraphNode, weights: Constant, scale: Float32Array): Constant {
  const { dims } = weights;
  const taps = sizeOf(dims.slice(2));
  const perGroup = dims[1]!;
  const inPerGroup = (dims[0]! * perGroup) / scale.length;
  const isConv = conv.opType === 'Conv';
  /** Weights of one output channel that follow each other. */
  const run = isConv ? perGroup * taps : taps;
  const channelOf = (index: number) =>
    isConv ? index : Math.floor(index / perGroup / inPerGroup) * perGroup + (index % perGroup);
  return {
    type: 'float32',
    dims,
    load() {
      const from = weights.load().data as Float32Array;
      const to = committed(new Float32Array(from.length));
      for (let start = 0; start < to.length; start += run) {
        const factor = scale[channelOf(start / run)]!;
        for (let i = start; i < start + run; i++) to[i] = from[i]! * factor;
      }
      return new Tensor('float32', to, weights.dims);
    },
  };
}

/** Operators whose weights and bias take what follows them. */
export const weighted: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose']);

const allFinite = (values: Float32Array) => values.every(Number.isFinite);

/**
 * Folds operators that scale and shift each channel by constants into the convolution before them: the scale into the
 * weights, which are computed anew whenever they are packed, and the shift into the bias. No types have to be known.
 */
export function foldAffine<G extends Body>(graph: G): G {
  const reader = readers(graph);
  const freshName = freshNames(graph);
  const constants = new Map(graph.constants);
  /** Index among `nodes` of the convolution of each value that one node alone reads. */
  const convolutions = new Map<string, number>();
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const index = node.inputs.findIndex((name) => convolutions.has(name));
    const at = convolutions.get(node.inputs[index] ?? '');
    const folded = at === undefined ? undefined : fold(nodes[at]!, node, index);
    if (folded) nodes[at!] = folded;
    else nodes.push(node);
    const last = folded ? at! : nodes.length - 1;
    const output = nodes[last]!.outputs[0]!;
    if (weighted.has(nodes[last]!.opType) && reader.get(output)?.length === 1) convolutions.set(output, last);
  }

  /** What `node` does to its input `index`, a map of `rank` axes and `channels`. */
  function affineOf(node: GraphNode, index: number, rank: number, channels: number): Affine | undefined {
    if (!hasOperator(node)) return undefined;
    const dims = Array.from({ length: rank }, (_, axis) => (axis === 1 ? channels : 1));
    const inputs = node.inputs.map((name, i) => {
      const constant = constants.get(name);
      if (i === index) return { name, type: 'float32' as const, dims };
      return constant && { name, type: constant.type, dims: constant.dims, constant };
    });
    return operatorOf(node).affine?.(new NodeView(node, inputs), index);
  }

  /** `conv` with what `node` does to its output, which is input `index` there. */
  function fold(conv: GraphNode, node: GraphNode, index: number): GraphNode | undefined {
    const weights = constants.get(conv.inputs[1]!);
    if (weights?.type !== 'float32' || sizeOf(weights.dims) === 0 || conv.activation) return undefined;
    const bias = constants.get(conv.inputs[2] ?? '');
    const channels = outChannels(conv, weights);
    if (conv.inputs[2] && (bias?.type !== 'float32' || sizeOf(bias.dims) !== channels)) return undefined;
    const affine = affineOf(node, index, weights.dims.length, channels);
    if (affine?.scale.length !== channels) return undefined;
    const { scale, shift } = affine;
    const old = bias?.load().data as Float32Array | undefined;
    const newBias = shift.map((value, channel) => (old?.[channel] ?? 0) * scale[channel]! + value);
    if (!allFinite(scale) || !allFinite(newBias)) return undefined;
    const output = node.outputs[0]!;
    const scales = scale.some((value) => value !== 1);
    const weightsName = scales ? freshName(`${output}:weights`) : conv.inputs[1]!;
    if (scales) constants.set(weightsName, scaledWeights(conv, weights, scale));
    const biasName = freshName(`${output}:bias`);
    constants.set(biasName, constantFrom(new Tensor('float32', newBias)));
    return { ...conv, inputs: [conv.inputs[0]!, weightsName, biasName], outputs: [output] };
  }

  return { ...graph, nodes, constants };
}
