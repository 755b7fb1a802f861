import { type GraphNode, nodeView, producers, readers, sameDims, type TypedGraph } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { operatorOf } from '../ops/index.ts';

/**
 * Lets a convolution add what an Add after it adds to its output, where nothing else reads that: the sum of a
 * residual block is then computed while it is written. Of two convolutions that are added, the later one adds.
 */
export function fuseAddition(graph: TypedGraph): TypedGraph {
  const reader = readers(graph);
  const producer = producers(graph);
  const position = new Map(graph.nodes.map((node, at) => [node, at]));
  const removed = new Set<GraphNode>();

  /** `conv` in place of `add`, which takes its output as operand `at`. */
  function fused(add: GraphNode, conv: GraphNode, at: number): GraphNode | undefined {
    const other = add.inputs[1 - at]!;
    const own = conv.outputs[0]!;
    const type = graph.types.get(own)!;
    const otherDims = (graph.constants.get(other) ?? graph.types.get(other))?.dims;
    const alone = reader.get(own)!.length === 1;
    const same = otherDims !== undefined && sameDims(type.dims, otherDims) && sizeOf(type.dims) > 0;
    if (!alone || !same || conv.addend) return undefined;
    const view = nodeView(conv, graph.types, graph.constants);
    if (!view || !operatorOf(conv).fusesAddition?.(view)) return undefined;
    return { ...conv, outputs: [add.outputs[0]!], addend: { name: other, beforeActivation: false } };
  }

  const nodes = graph.nodes.map((add) => {
    if (add.opType !== 'Add') return add;
    const operands = add.inputs
      .map((name, at) => ({ conv: producer.get(name), at }))
      .filter(
        (operand): operand is { conv: GraphNode; at: number } =>
          operand.conv !== undefined && operatorOf(operand.conv).fusesAddition !== undefined,
      )
      .sort((a, b) => position.get(b.conv)! - position.get(a.conv)!);
    for (const { conv, at } of operands) {
      const node = fused(add, conv, at);
      if (!node) continue;
      removed.add(conv);
      return node;
    }
    return add;
  });
  return { ...graph, nodes: nodes.filter((node) => !removed.has(node)) };
}
