import type { Fold, Graph, GraphOutput, ValueType } from '@zeroskip/onnx';

const BATCH = 'batch';

/** Types of the inputs that have no open dims but the batch. */
export function typesForBatch({ inputs }: Graph, batch: number): Map<string, ValueType> {
  const types = new Map<string, ValueType>();
  for (const { name, type, dims } of inputs) {
    const single = dims?.map((dim) => (dim === BATCH ? batch : dim));
    if (single?.every((dim) => typeof dim === 'number')) types.set(name, { type, dims: single });
  }
  return types;
}

/**
 * The graph with the types and dims of its outputs, which models do not declare: those for one image, where nothing
 * but the batch is open.
 * @throws coded errors for layers that do not fit together
 */
export function withOutputDims(graph: Graph, fold: Fold | undefined): Graph {
  if (!fold) return graph;
  const inferred = fold(graph, typesForBatch(graph, 1)).types;
  const isOpen = graph.inputs.some(({ dims }) => dims?.[0] === BATCH);
  const outputs = graph.outputs.map((output): GraphOutput => {
    const found = inferred.get(output.name);
    if (!found) return output;
    const { type, dims } = found;
    const isBatch = isOpen && dims.length > 0;
    return {
      ...output,
      type: output.type ?? type,
      dims: isBatch ? [dims[0] === 1 ? BATCH : '', ...dims.slice(1)] : dims,
    };
  });
  return { ...graph, outputs };
}
