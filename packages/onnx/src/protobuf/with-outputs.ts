import type { Graph, GraphOutput } from '../graph/graph.ts';
import { modelError } from '../graph/model-error.ts';

/** The graph with other outputs, where `names` are given: outputs of it, other values, or nodes' first outputs. */
export function withOutputs(graph: Graph, names: readonly string[] | undefined): Graph {
  if (names === undefined) return graph;
  const values = new Map<string, string>();
  for (const { name, outputs } of graph.nodes) if (!values.has(name)) values.set(name, outputs[0]!);
  for (const { outputs } of graph.nodes) for (const output of outputs) values.set(output, output);
  const declared = new Map(graph.outputs.map((output) => [output.name, output]));
  const outputs = names.map((name): GraphOutput => {
    const value = values.get(name);
    const known = declared.get(name);
    if (known === undefined && value === undefined) {
      throw modelError('option outputs', 'outputs of the model, values or names of its nodes', name);
    }
    return known ?? { name: value!, type: undefined, dims: undefined };
  });
  return { ...graph, outputs };
}
