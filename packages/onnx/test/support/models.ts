import {
  buildGraph,
  decode,
  defaultLimits,
  type Graph,
  type GraphNode,
  graphProto,
  type Message,
  type ModelParts,
  onnxModel as model,
  type ValueType,
  valueInfo,
} from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';

export {
  encode,
  graphProto,
  type Message,
  type ModelParts,
  modelProto,
  node,
  onnxModel as model,
  tensorProto,
  valueInfo,
} from '@zeroskip/onnx';

export function float32(dims: readonly number[], values?: ArrayLike<number>): Tensor<'float32'> {
  const data = Float32Array.from({ length: sizeOf(dims) }, (_, i) => values?.[i] ?? 0);
  return new Tensor('float32', data, dims);
}

/** Values of which that share is not zero, the same for the same seed. */
export function random(dims: readonly number[], seed: number, density = 1): Tensor<'float32'> {
  return float32(dims, sparseValues(sizeOf(dims), density, seed));
}

/** The float32 inputs and outputs of a model by their dims. */
export function io(
  inputs: Readonly<Record<string, readonly (number | string)[]>>,
  outputs: Readonly<Record<string, readonly (number | string)[]>>,
): Pick<ModelParts, 'outputs'> & { readonly inputs: readonly Message[] } {
  const values = (dims: typeof inputs) =>
    Object.entries(dims).map(([name, each]) => valueInfo(name, 'float32', each));
  return { inputs: values(inputs), outputs: values(outputs) };
}

export function int64(values: readonly number[], dims: readonly number[] = [values.length]): Tensor<'int64'> {
  return new Tensor('int64', values.map(BigInt), dims);
}

/** A graph inside a node. */
export function innerGraph(
  nodes: readonly Message[],
  outputs: readonly string[],
  constants: ModelParts['constants'] = {},
): Message {
  return graphProto({ nodes, outputs: outputs.map((name) => ({ name })), constants });
}

export function graphOf(parts: ModelParts): Graph {
  return buildGraph(decode('ModelProto', model(parts), 100_000), defaultLimits, new Map());
}

/** Types of the graph inputs, `open` standing for open dims. */
export function inputTypes(graph: Graph, open = 1): Map<string, ValueType> {
  return new Map(
    graph.inputs.map(({ name, type, dims }) => [
      name,
      { type, dims: dims!.map((dim) => (typeof dim === 'number' ? dim : open)) },
    ]),
  );
}

export function opTypes(nodes: readonly GraphNode[]): string[] {
  return nodes.map(({ opType, activation }) => (activation ? `${opType}+${activation.name}` : opType));
}
