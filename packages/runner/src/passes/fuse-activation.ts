import type { Activation } from '@zeroskip/kernels';
import { type GraphNode, producers, readers } from '../graph.ts';
import { clipBounds } from '../ops/clip.ts';
import { activationOf } from '../ops/unary.ts';
import { nodeView, type TypedGraph } from './fold-constants.ts';

/** Operators whose native steps end with an activation. */
const hosts: ReadonlySet<string> = new Set([
  'Add',
  'BatchNormalization',
  'Conv',
  'ConvTranspose',
  'Div',
  'Gemm',
  'InstanceNormalization',
  'LRN',
  'MatMul',
  'Mul',
  'Sub',
]);

function fusable(graph: TypedGraph, node: GraphNode): Activation | undefined {
  const view = nodeView(node, graph.types, graph.constants);
  if (view?.inputs[0]?.type !== 'float32') return undefined;
  if (node.opType !== 'Clip') return activationOf(view);
  const bounds = clipBounds(view);
  return bounds && { name: 'clip', alpha: bounds[0], beta: bounds[1] };
}

/** Lets nodes apply the activation that follows them, where nothing else reads what is between. */
export function fuseActivation(graph: TypedGraph): TypedGraph {
  const reader = readers(graph);
  const producer = producers(graph);
  const fused = new Map<string, GraphNode>();
  const removed = new Set<GraphNode>();
  for (const node of graph.nodes) {
    const before = producer.get(node.inputs[0] ?? '');
    if (!before || !hosts.has(before.opType) || reader.get(node.inputs[0]!)!.length > 1) continue;
    const activation = fusable(graph, node);
    if (!activation || before.outputs.length > 1) continue;
    fused.set(before.outputs[0]!, { ...before, outputs: [node.outputs[0]!], activation });
    removed.add(node);
  }
  const nodes = graph.nodes
    .filter((node) => !removed.has(node))
    .map((node) => fused.get(node.outputs[0]!) ?? node);
  return { ...graph, nodes };
}
