import { sizeOf, Tensor } from '@zeroskip/tensor';
import { type Constant, constantFrom, type GraphNode, readers } from '../model/graph.ts';
import { nodeView, type TypedGraph } from '../model/typed-graph.ts';
import { operatorOf } from '../ops/index.ts';

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

const allFinite = (values: Float32Array) => values.every(Number.isFinite);

/**
 * Folds operators that scale and shift each channel by constants into the convolution before them: the scale into the
 * weights, which are computed anew whenever they are packed, and the shift into the bias.
 */
export function foldAffine(graph: TypedGraph): TypedGraph {
  const reader = readers(graph);
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
    if (nodes[last]!.opType === 'Conv' && reader.get(output)?.length === 1) convolutions.set(output, last);
  }

  /** `conv` with what `node` does to its output, which is input `index` there. */
  function fold(conv: GraphNode, node: GraphNode, index: number): GraphNode | undefined {
    const weights = constants.get(conv.inputs[1]!);
    const bias = constants.get(conv.inputs[2] ?? '');
    const known = weights?.type === 'float32' && (bias || !conv.inputs[2]) && sizeOf(weights.dims) > 0;
    const view = nodeView(node, graph.types, constants);
    if (!known || !view || conv.activation) return undefined;
    const affine = operatorOf(node).affine?.(view, index);
    if (!affine || affine.scale.length !== weights.dims[0]) return undefined;
    const { scale, shift } = affine;
    const old = bias?.load().data as Float32Array | undefined;
    const newBias = shift.map((value, channel) => (old?.[channel] ?? 0) * scale[channel]! + value);
    if (!allFinite(scale) || !allFinite(newBias)) return undefined;
    const output = node.outputs[0]!;
    const weightsName = scale.every((value) => value === 1)
      ? conv.inputs[1]!
      : freshName(`${output}:weights`, graph, constants);
    if (weightsName !== conv.inputs[1]) constants.set(weightsName, scaledWeights(weights, scale));
    const biasName = freshName(`${output}:bias`, graph, constants);
    constants.set(biasName, constantFrom(new Tensor('float32', newBias)));
    return { ...conv, inputs: [conv.inputs[0]!, weightsName, biasName], outputs: [output] };
  }

  return { ...graph, nodes, constants };
}
