import type { Graph, GraphOutput } from '@zeroskip/onnx';

/** The graph with sizes in place of symbols in the dims of its inputs and outputs. */
export function fixDimensions(graph: Graph, sizes: Readonly<Record<string, number>>): Graph {
  const size = (dim: number | string) =>
    typeof dim === 'string' && Object.hasOwn(sizes, dim) ? sizes[dim]! : dim;
  const fixed = <T extends GraphOutput>(value: T): T => ({ ...value, dims: value.dims?.map(size) });
  return { ...graph, inputs: graph.inputs.map(fixed), outputs: graph.outputs.map(fixed) };
}
