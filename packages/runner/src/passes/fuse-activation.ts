import { type GraphNode, nodeView, producers, readers, type TypedGraph } from '@zeroskip/onnx';
import { operatorOf } from '../ops/index.ts';

function activationOf(graph: TypedGraph, node: GraphNode) {
  const view = nodeView(node, graph.types, graph.constants);
  return view?.inputs[0]?.type === 'float32' ? operatorOf(node).activation?.(view) : undefined;
}

/** Lets nodes apply the activation that follows them, where nothing else reads what is between. */
export function fuseActivation(graph: TypedGraph): TypedGraph {
  const reader = readers(graph);
  const producer = producers(graph);
  const fused = new Map<string, GraphNode>();
  const removed = new Set<GraphNode>();
  for (const node of graph.nodes) {
    const before = producer.get(node.inputs[0] ?? '');
    if (!before || !operatorOf(before).fusesActivation || reader.get(node.inputs[0]!)!.length > 1) continue;
    const activation = activationOf(graph, node);
    if (!activation || before.activation || before.outputs.length > 1) continue;
    const addend = before.addend && { ...before.addend, beforeActivation: true };
    const fusedNode = { ...before, outputs: [node.outputs[0]!], activation, ...(addend && { addend }) };
    fused.set(before.outputs[0]!, fusedNode);
    removed.add(node);
  }
  const nodes = graph.nodes
    .filter((node) => !removed.has(node))
    .map((node) => fused.get(node.outputs[0]!) ?? node);
  return { ...graph, nodes };
}
