import { type ElementType, rangeError, Tensor } from '@zeroskip/tensor';
import { bitsPerElement, dataTypeCode } from '../graph/element-types.ts';
import { encode, type Message } from './encode.ts';
import { packed } from './packed.ts';

/** The first version of the file format that knows operator sets 19 and 20. */
const IR_VERSION = 9;

/** A number is an integer and a list holds integers; what else they may be is said. */
export type AttributeInput =
  | number
  | bigint
  | string
  | readonly number[]
  | BigInt64Array
  | Tensor
  | { readonly float: number }
  | { readonly floats: Iterable<number> }
  | { readonly strings: readonly string[] }
  /** Inside the node; made by `graphProto`. */
  | { readonly graph: Message }
  /** An attribute of the function around the node, and its number in ONNX's AttributeProto.AttributeType. */
  | { readonly reference: string; readonly type: number };

const utf8 = new TextEncoder();

function attributeProto(name: string, value: AttributeInput): Message {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw rangeError(`attribute ${name}`, 'an integer, or { float: … },', value);
  if (typeof value === 'number' || typeof value === 'bigint') return { name, type: 2, i: value };
  if (typeof value === 'string') return { name, type: 3, s: utf8.encode(value) };
  if (value instanceof Tensor) return { name, type: 4, t: tensorProto('', value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  if ('graph' in value) return { name, type: 5, g: value.graph };
  if ('floats' in value) return { name, type: 6, floats: value.floats };
  if ('strings' in value) return { name, type: 8, strings: value.strings.map((text) => utf8.encode(text)) };
  if ('reference' in value) return { name, type: value.type, refAttrName: value.reference };
  return { name, type: 7, ints: value };
}

/** A tensor, as a message; its values are raw bytes. */
export function tensorProto(name: string, { type, dims, data }: Tensor): Message {
  const isPacked = bitsPerElement(type) < 8;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const rawData = isPacked ? packed(bytes, type) : bytes;
  return { name, dims, dataType: dataTypeCode(type), rawData };
}

/** A node of the graph; the empty string stands for an absent optional input or output. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeInput>> = {},
  name = '',
): Message {
  const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
  return { opType, input, output, name, attribute };
}

/**
 * An input or output of the graph.
 * @param type absent, where the model does not say it
 * @param dims a name, or the empty string, for an open dimension; absent for an open rank
 */
export function valueInfo(
  name: string,
  type: ElementType | undefined,
  dims: readonly (number | string)[] | undefined,
): Message {
  const dim = dims?.map((size) => {
    if (typeof size === 'number') return { dimValue: size };
    return size === '' ? {} : { dimParam: size };
  });
  const tensorType = { elemType: type && dataTypeCode(type), ...(dim && { shape: { dim } }) };
  return { name, type: { tensorType } };
}

/** What a graph in a file consists of; nodes, inputs and outputs are messages. */
export interface GraphParts {
  readonly nodes: readonly Message[];
  readonly inputs?: readonly Message[];
  readonly outputs: readonly Message[];
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Constants that are stored in other ways, as TensorProto. */
  readonly initializers?: readonly Message[];
}

/** A graph of nodes made by `node`, its inputs and outputs by `valueInfo`. */
export function graphProto({
  nodes,
  inputs = [],
  outputs,
  constants = {},
  initializers = [],
}: GraphParts): Message {
  const tensors = Object.entries(constants).map(([name, tensor]) => tensorProto(name, tensor));
  const initializer = [...tensors, ...initializers];
  return { name: 'network', node: nodes, input: inputs, output: outputs, initializer };
}

/** What a model file consists of. */
export interface ModelParts extends GraphParts {
  /** Version of ONNX's operators: 17 unless told. */
  readonly opset?: number;
  /** Versions of other domains' operators. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly functions?: readonly Message[];
}

/** A model, as a message. */
export function modelProto({ opset = 17, domains = {}, functions = [], ...graph }: ModelParts): Message {
  const versions = Object.entries({ '': opset, ...domains });
  return {
    irVersion: IR_VERSION,
    opsetImport: versions.map(([domain, version]) => ({ domain, version })),
    functions,
    graph: graphProto(graph),
  };
}

/** The bytes of an ONNX file. */
export function onnxModel(parts: ModelParts): Uint8Array {
  return encode('ModelProto', modelProto(parts));
}
