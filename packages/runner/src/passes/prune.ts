import { type Body, declaredOutputs, reads } from '@zeroskip/onnx';

/** The graph without nodes, outputs of nodes and constants that none of its outputs needs. */
export function prune<G extends Body>(graph: G): G {
  const needed = new Set(graph.outputs.map((output) => output.name));
  const nodes = [...graph.nodes]
    .reverse()
    .flatMap((node) => {
      const outputs = node.outputs.map((name) => (needed.has(name) ? name : ''));
      if (outputs.every((name) => name === '')) return [];
      for (const name of reads(node)) needed.add(name);
      // What is known of a node stays known as long as it is the same.
      if (outputs.every((name, i) => name === node.outputs[i])) return [node];
      return [{ ...node, outputs, declaredOutputs: declaredOutputs(node) }];
    })
    .reverse();
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)));
  return { ...graph, nodes, constants };
}
