import { type GraphNode, reads } from '../graph/graph.ts';
import { modelError } from '../graph/model-error.ts';

/**
 * Orders nodes so that each follows the producers of its inputs, keeping the model's order where it can.
 * @param known names that need no producer
 * @throws `ZeroskipError` with code `ERR_INVALID_MODEL` for a name that nothing produces, or a cycle
 */
export function sortNodes(nodes: readonly GraphNode[], known: ReadonlySet<string>): GraphNode[] {
  const producer = new Map<string, number>();
  for (const [index, node] of nodes.entries()) for (const name of node.outputs) producer.set(name, index);
  const waiting = new Int32Array(nodes.length);
  const followers: number[][] = nodes.map(() => []);
  for (const [index, node] of nodes.entries()) {
    for (const name of new Set(reads(node))) {
      if (name === '' || known.has(name)) continue;
      const from = producer.get(name);
      if (from === undefined) {
        throw modelError(
          `input of node ${JSON.stringify(node.name)} (${node.opType})`,
          'a value of the graph',
          name,
        );
      }
      followers[from]!.push(index);
      waiting[index]!++;
    }
  }
  if (isSorted(nodes, producer, known)) return [...nodes];
  const ready: number[] = [];
  for (let index = nodes.length - 1; index >= 0; index--) if (waiting[index] === 0) ready.push(index);
  const sorted: GraphNode[] = [];
  while (ready.length > 0) {
    const index = ready.pop()!;
    sorted.push(nodes[index]!);
    for (const follower of followers[index]!.reverse()) if (--waiting[follower]! === 0) ready.push(follower);
  }
  if (sorted.length < nodes.length) {
    const stuck = nodes[waiting.findIndex((count) => count > 0)]!;
    throw modelError(
      'the graph',
      'no cycles',
      `a cycle through or before node ${stuck.name} (${stuck.opType})`,
    );
  }
  return sorted;
}

function isSorted(
  nodes: readonly GraphNode[],
  producer: ReadonlyMap<string, number>,
  known: ReadonlySet<string>,
): boolean {
  return nodes.every((node, index) =>
    reads(node).every((name) => name === '' || known.has(name) || producer.get(name)! < index),
  );
}
