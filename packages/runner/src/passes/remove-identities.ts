import type { GraphNode } from '../graph.ts';
import type { TypedGraph } from './fold-constants.ts';

/** Operators that change nothing when the type and dims of their output are those of their first input. */
const views: ReadonlySet<string> = new Set([
  'Cast',
  'CastLike',
  'Dropout',
  'Expand',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
]);
/** And these, when they have one input only. */
const combinations: ReadonlySet<string> = new Set(['Concat', 'Max', 'Mean', 'Min', 'Sum']);

function isIdentity(graph: TypedGraph, node: GraphNode): boolean {
  if (!views.has(node.opType) && !(combinations.has(node.opType) && node.inputs.length === 1)) return false;
  if (node.outputs.slice(1).some((name) => name !== '')) return false;
  const from = graph.types.get(node.inputs[0]!);
  const to = graph.types.get(node.outputs[0]!);
  if (!from || !to || from.type !== to.type || from.dims.length !== to.dims.length) return false;
  return from.dims.every((dim, axis) => dim === to.dims[axis]);
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
