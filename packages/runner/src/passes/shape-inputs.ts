import { everyNode, type Graph, type GraphNode, producers, reads } from '@zeroskip/onnx';
import { hasOperator, isRoutine, operatorOf } from '../ops/index.ts';

/**
 * Graph inputs whose values, and not only dims, may decide the dims of other values: a network is compiled
 * anew for each of their values.
 */
export function shapeInputs(graph: Graph): Set<string> {
  const nodes = everyNode(graph.nodes);
  const producer = producers({ ...graph, nodes });
  const operator = (node: GraphNode) => (hasOperator(node) ? operatorOf(node) : undefined);
  const pending = nodes.flatMap((node) =>
    (operator(node)?.shapeInputs ?? []).flatMap((index) => node.inputs[index] ?? []),
  );
  const seen = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const node = producer.get(name);
    if (!node) continue;
    const row = operator(node);
    // What follows is compiled during a run.
    if (row && (row.dataDims || isRoutine(row))) continue;
    const { fromDims = [] } = row ?? {};
    pending.push(...reads(node).filter((_, index) => !fromDims.includes(index)));
  }
  return new Set(graph.inputs.map((input) => input.name).filter((name) => seen.has(name)));
}
