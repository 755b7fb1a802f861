import { type GraphNode, nodeView, type TypedGraph } from '@zeroskip/onnx';
import { AFTER_RELU, eitherDensity } from '../ops/common/operator.ts';
import { operatorOf } from '../ops/index.ts';

/** Whether a fused activation turns a range of values to zeros. */
const makesZeros = ({ activation }: GraphNode) =>
  activation?.name === 'relu' || (activation?.name === 'clip' && activation.alpha === 0);

/**
 * The share of non-zeros that each value is expected to have, from the operators it comes from alone: what a choice of
 * algorithm has to go by when the network has not run yet. Values without an entry have no zeros.
 */
export function expectedDensities(graph: TypedGraph): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const of = (name: string) => found.get(name) ?? 1;
  const inherited = (node: GraphNode) => {
    const { density } = operatorOf(node);
    return density?.(node.inputs.map(of), nodeView(node, graph.types, graph.constants)!) ?? 1;
  };
  for (const node of graph.nodes) {
    const own = makesZeros(node) ? AFTER_RELU : inherited(node);
    const { addend } = node;
    const expected = addend && !addend.beforeActivation ? eitherDensity(own, of(addend.name)) : own;
    if (expected < 1) for (const name of node.outputs) if (name !== '') found.set(name, expected);
  }
  return found;
}
