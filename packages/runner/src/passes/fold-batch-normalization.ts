import { sizeOf, Tensor } from '@zeroskip/tensor';
import { type Constant, constantFrom, type GraphNode, readers } from '../model/graph.ts';
import { nodeView, type TypedGraph } from '../model/typed-graph.ts';
import { affineOf, isTraining } from '../ops/batch-normalization.ts';

/** A name that no value of the graph has. */
function freshName(base: string, graph: TypedGraph, constants: ReadonlyMap<string, Constant>): string {
  let name = base;
  while (constants.has(name) || graph.types.has(name)) name += "'";
  return name;
}

function scaledWeights(weights: Constant, scale: Float32Array): Constant {
  return {
    type: 'float32',
    dims: weights.dims,
    load() {
      const from = weights.load().data as Float32Array;
      const to = new Float32Array(from.length);
      const perFilter = from.length / scale.length;
      for (let i = 0; i < to.length; i++) to[i] = from[i]! * scale[Math.floor(i / perFilter)]!;
      return new Tensor('float32', to, weights.dims);
    },
  };
}

/**
 * Folds BatchNormalization into the convolution before it: its scale into the weights, which are computed
 * anew whenever they are packed, and its shift into the bias.
 */
export function foldBatchNormalization(graph: TypedGraph): TypedGraph {
  const reader = readers(graph);
  const constants = new Map(graph.constants);
  const convolutions = new Map<string, number>();
  const nodes: (GraphNode | undefined)[] = [];
  for (const node of graph.nodes) {
    const at = convolutions.get(node.inputs[0] ?? '');
    const folded = node.opType === 'BatchNormalization' && at !== undefined && fold(nodes[at]!, node);
    if (folded) nodes[at] = folded;
    else nodes.push(node);
    const last = folded ? at : nodes.length - 1;
    const output = nodes[last]!.outputs[0]!;
    if (nodes[last]!.opType === 'Conv' && reader.get(output)?.length === 1) convolutions.set(output, last);
  }

  function fold(conv: GraphNode, normalization: GraphNode): GraphNode | undefined {
    const weights = constants.get(conv.inputs[1]!);
    const bias = constants.get(conv.inputs[2] ?? '');
    const parameters = normalization.inputs.slice(1).map((name) => constants.get(name));
    const known = weights?.type === 'float32' && (bias || !conv.inputs[2]) && parameters.every(Boolean);
    const view = nodeView(normalization, graph.types, constants);
    if (!known || !view || isTraining(view) || conv.activation) return undefined;
    const [gamma, beta, mean, variance] = parameters.map((constant) => constant!.load().data as Float32Array);
    const { scale, shift } = affineOf(gamma!, beta!, mean!, variance!, view.float('epsilon', 1e-5));
    if (scale.length !== weights.dims[0] || sizeOf(weights.dims) === 0) return undefined;
    const old = bias?.load().data as Float32Array | undefined;
    const newBias = shift.map((value, channel) => (old?.[channel] ?? 0) * scale[channel]! + value);
    const output = normalization.outputs[0]!;
    const weightsName = freshName(`${output}:weights`, graph, constants);
    constants.set(weightsName, scaledWeights(weights, scale));
    const biasName = freshName(`${output}:bias`, graph, constants);
    constants.set(biasName, constantFrom(new Tensor('float32', newBias)));
    return { ...conv, inputs: [conv.inputs[0]!, weightsName, biasName], outputs: [output] };
  }

  return { ...graph, nodes: nodes as GraphNode[], constants };
}
