import { type GraphNode, sameDims, type TypedGraph } from '@zeroskip/onnx';
import { operatorOf } from '../ops/index.ts';

/** Whether the node's first output, which alone is read, is its first input as it is. */
function isIdentity({ types }: TypedGraph, node: GraphNode): boolean {
  const { isView = false } = operatorOf(node);
  if (!isView || (isView === 'alone' && node.inputs.length > 1)) return false;
  if (node.outputs.slice(1).some((name) => name !== '')) return false;
  const [from, to] = [types.get(node.inputs[0]!), types.get(node.outputs[0]!)];
  return from !== undefined && to !== undefined && from.type === to.type && sameDims(from.dims, to.dims);
}

/** The graph without nodes that pass a value on unchanged, except where a graph output needs the new name. */
export function removeIdentities(graph: TypedGraph): TypedGraph {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const origin = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => origin.get(name) ?? name);
    if (isIdentity(graph, node) && !outputs.has(node.outputs[0]!)) origin.set(node.outputs[0]!, inputs[0]!);
    else nodes.push({ ...node, inputs });
  }
  return { ...graph, nodes };
}
