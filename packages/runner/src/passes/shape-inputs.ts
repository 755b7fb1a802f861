import { type Graph, producers } from '../graph.ts';
import { dimsOnly } from '../ops/constant.ts';
import { operatorOf } from '../ops/index.ts';

/**
 * Graph inputs whose values, and not only dims, may decide the dims of other values: a network is compiled
 * anew for each of their values.
 */
export function shapeInputs(graph: Graph): Set<string> {
  const producer = producers(graph);
  const pending = graph.nodes.flatMap((node) =>
    (operatorOf(node).shapeInputs ?? []).flatMap((index) => node.inputs[index] ?? []),
  );
  const seen = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const node = producer.get(name);
    if (node && !dimsOnly.has(node.opType)) pending.push(...node.inputs);
  }
  return new Set(graph.inputs.map((input) => input.name).filter((name) => seen.has(name)));
}
