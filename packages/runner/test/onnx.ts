import { type ElementType, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { dataTypeCode } from '../src/model/element-types.ts';
import type { Graph, GraphNode, ValueType } from '../src/model/graph.ts';
import { defaultLimits } from '../src/model/limits.ts';
import { buildGraph } from '../src/onnx/build-graph.ts';
import { decode } from '../src/onnx/decode.ts';
import { encode } from '../src/onnx/encode.ts';

export { encode };

/** Messages as plain objects, with the fields that a test needs. */
export type Message = Record<string, unknown>;

export function tensorProto(name: string, tensor: Tensor): Message {
  const { data } = tensor;
  return {
    name,
    dims: tensor.dims,
    dataType: dataTypeCode(tensor.type),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

export function float32(dims: readonly number[], values?: ArrayLike<number>): Tensor<'float32'> {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return new Tensor(
    'float32',
    Float32Array.from({ length: size }, (_, i) => values?.[i] ?? 0),
    dims,
  );
}

/** Values without zeros, the same for the same seed. */
export function random(dims: readonly number[], seed: number): Tensor<'float32'> {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return float32(dims, sparseValues(size, 1, seed));
}

export function int64(values: readonly number[], dims: readonly number[] = [values.length]): Tensor<'int64'> {
  return new Tensor('int64', values.map(BigInt), dims);
}

export type AttributeInput =
  | number
  | string
  | readonly number[]
  | Tensor
  | { readonly float: number }
  | { readonly floats: number[] };

/** A graph inside a node, or an attribute of the function around it. */
type InnerInput = { readonly graph: Message } | { readonly reference: string; readonly type: number };

function attributeProto(name: string, value: AttributeInput | InnerInput): Message {
  const text = new TextEncoder();
  if (typeof value === 'number') return { name, type: 2, i: value };
  if (typeof value === 'string') return { name, type: 3, s: text.encode(value) };
  if (value instanceof Tensor) return { name, type: 4, t: tensorProto('', value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  if ('graph' in value) return { name, type: 5, g: value.graph };
  if ('reference' in value) return { name, type: value.type, refAttrName: value.reference };
  if ('floats' in value) return { name, type: 6, floats: value.floats };
  return { name, type: 7, ints: value };
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeInput | InnerInput>> = {},
  name = '',
): Message {
  return {
    opType,
    input,
    output,
    name,
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  };
}

export function valueInfo(name: string, type: ElementType, dims: readonly (number | string)[]): Message {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: dataTypeCode(type), shape: { dim } } } };
}

/** A graph inside a node. */
export function innerGraph(
  nodes: readonly Message[],
  outputs: readonly string[],
  constants: ModelParts['constants'] = {},
) {
  return {
    node: nodes,
    output: outputs.map((name) => ({ name })),
    initializer: Object.entries(constants).map(([name, tensor]) => tensorProto(name, tensor)),
  };
}

export interface ModelParts {
  readonly nodes: readonly Message[];
  readonly inputs?: readonly Message[];
  readonly outputs: readonly Message[];
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly opset?: number;
  readonly functions?: readonly Message[];
}

export function modelProto({
  nodes,
  inputs = [],
  outputs,
  constants = {},
  opset = 17,
  functions = [],
}: ModelParts): Message {
  return {
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    functions,
    graph: {
      name: 'test',
      node: nodes,
      input: inputs,
      output: outputs,
      initializer: Object.entries(constants).map(([name, tensor]) => tensorProto(name, tensor)),
    },
  };
}

export function model(parts: ModelParts): Uint8Array {
  return encode('ModelProto', modelProto(parts));
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
