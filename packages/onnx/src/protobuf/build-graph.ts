import type { AttributeValue, Constant, Graph, GraphNode, Subgraph } from '../graph/graph.ts';
import { reads } from '../graph/graph.ts';
import type { Limits } from '../graph/limits.ts';
import { modelError } from '../graph/model-error.ts';
import { FunctionInliner, type VersionedNode } from './functions.ts';
import { graphInput, graphOutput, innerValue } from './graph-values.ts';
import { domainOf, opsetVersion } from './opsets.ts';
import type { AttributeProto, GraphProto, ModelProto } from './schema.ts';
import { sortNodes } from './sort-nodes.ts';
import { constantOf, type ExternalFiles, storedTensor } from './tensor.ts';

const attributeKinds = [
  'undefined',
  'float',
  'int',
  'string',
  'tensor',
  'graph',
  'floats',
  'ints',
  'strings',
  'tensors',
  'graphs',
  'sparse tensor',
  'sparse tensors',
  'type',
  'types',
];

const text = new TextDecoder('utf-8');

interface Context {
  readonly limits: Limits;
  readonly files: ExternalFiles;
  readonly inliner: FunctionInliner;
}

function attributeValue(
  proto: AttributeProto,
  what: string,
  opset: number,
  context: Context,
): AttributeValue {
  const kind = attributeKinds[proto.type ?? 0];
  switch (kind) {
    case 'float':
      return { kind, value: proto.f ?? 0 };
    case 'int':
      return { kind, value: proto.i ?? 0n };
    case 'string':
      return { kind, value: text.decode(proto.s ?? new Uint8Array(0)) };
    case 'tensor':
      if (!proto.t) throw modelError(what, 'a tensor', 'none');
      return {
        kind,
        value: constantOf(storedTensor(proto.t, context.limits, context.files, `the tensor of ${what}`)),
      };
    case 'graph':
      if (!proto.g) throw modelError(what, 'a graph', 'none');
      return { kind, value: buildSubgraph(proto.g, opset, context) };
    case 'floats':
      return { kind, value: proto.floats };
    case 'ints':
      return { kind, value: proto.ints };
    case 'strings':
      return { kind, value: proto.strings.map((bytes) => text.decode(bytes)) };
    case undefined:
    case 'undefined':
      throw modelError(
        `type of ${what}`,
        `an attribute type from 1 to ${attributeKinds.length - 1}`,
        proto.type ?? 0,
      );
    default:
      return { kind: 'unsupported', value: kind };
  }
}

function graphNode({ proto, opset }: VersionedNode, context: Context): GraphNode {
  const name = proto.name || proto.output.find((output) => output !== '') || '';
  const opType = proto.opType ?? '';
  const what = `node ${JSON.stringify(name)} (${opType})`;
  if (opType === '') throw modelError(`operator of node ${JSON.stringify(name)}`, 'a name', '');
  if (name === '') throw modelError(`outputs of a ${opType} node`, 'at least one name', proto.output);
  const domain = domainOf(proto.domain);
  const attributes = new Map<string, AttributeValue>();
  for (const attribute of proto.attribute) {
    const key = attribute.name ?? '';
    if (attributes.has(key)) throw modelError(`attributes of ${what}`, 'names without duplicates', key);
    if (attribute.refAttrName) throw modelError(`attribute ${key} of ${what}`, 'a value', 'a reference');
    attributes.set(key, attributeValue(attribute, `attribute ${key} of ${what}`, opset, context));
  }
  const { input: inputs, output: outputs } = proto;
  return { name, opType, ...(domain !== '' && { domain }), opset, inputs, outputs, attributes };
}

function limited(what: string, count: number, max: number): void {
  if (count > max) throw modelError(what, `at most ${max}`, count, 'ERR_LIMIT_EXCEEDED');
}

/** Initializers by name; of several of one name, the last counts. */
function constantsOf(proto: GraphProto, { limits, files }: Context): Map<string, Constant> {
  limited('number of nodes', proto.node.length, limits.maxNodes);
  limited('number of initializers', proto.initializer.length, limits.maxTensors);
  if (proto.sparseInitializer.length > 0) {
    throw modelError('initializers', 'dense tensors', 'a sparse tensor', 'ERR_UNSUPPORTED_TYPE');
  }
  const constants = new Map<string, Constant>();
  for (const initializer of proto.initializer) {
    const stored = storedTensor(initializer, limits, files);
    if (stored.name === '') throw modelError('name of an initializer', 'a name', '');
    constants.set(stored.name, constantOf(stored));
  }
  return constants;
}

interface Scope {
  readonly unsorted: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** Names that need no node. */
  readonly given: ReadonlySet<string>;
  /** All names that the graph defines. */
  readonly known: ReadonlySet<string>;
}

/** The nodes and names of a graph. */
function buildScope(proto: GraphProto, opset: number, context: Context): Scope {
  const constants = constantsOf(proto, context);
  const known = new Set(constants.keys());
  const define = (name: string, what: string) => {
    if (known.has(name)) throw modelError(what, 'a name that is not yet in use', name);
    known.add(name);
  };
  for (const { name = '' } of proto.input) if (!constants.has(name)) define(name, 'name of a graph input');
  const given = new Set(known);
  const unsorted = context.inliner.inline(proto.node, opset).map((node) => graphNode(node, context));
  for (const node of unsorted) {
    for (const name of node.outputs) {
      if (name !== '') define(name, `output of node ${JSON.stringify(node.name)} (${node.opType})`);
    }
  }
  if (proto.output.length === 0) throw modelError('graph outputs', 'at least one', 'none');
  return { unsorted, constants, given, known };
}

function buildSubgraph(proto: GraphProto, opset: number, context: Context): Subgraph {
  const { unsorted, constants, given, known } = buildScope(proto, opset, context);
  const inputs = proto.input.map((input) => innerValue(input, 'input', context.limits));
  const outputs = proto.output.map((output) => innerValue(output, 'output', context.limits));
  const read = [...unsorted.flatMap(reads), ...outputs.map(({ name }) => name)];
  const captures = [...new Set(read)].filter((name) => name !== '' && !known.has(name));
  const nodes = sortNodes(unsorted, new Set([...given, ...captures]));
  return { nodes, inputs, outputs, constants, captures };
}

/**
 * Checks a decoded model's structure and turns it into a graph, the model's own functions inlined. Operators and
 * their attributes are checked when the graph is compiled.
 * @throws `ZeroskipError` with codes `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_OPERATOR`, `ERR_UNSUPPORTED_TYPE`
 *   or `ERR_LIMIT_EXCEEDED`
 */
export function buildGraph(model: ModelProto, limits: Limits, files: ExternalFiles): Graph {
  if (!model.graph) throw modelError('the model', 'an ONNX model with a graph', 'no graph');
  const opset = opsetVersion(model.opsetImport, 'the model');
  const inliner = new FunctionInliner(model.functions, model.opsetImport, limits);
  const { unsorted, constants, given, known } = buildScope(model.graph, opset, { limits, files, inliner });
  const listed = model.graph.input.map(({ name = '' }) => name);
  const inputs = model.graph.input
    .filter(({ name = '' }) => !constants.has(name))
    .map((input) => graphInput(input, limits));
  const values = new Map(model.graph.valueInfo.map((value) => [value.name ?? '', value]));
  const outputs = model.graph.output.map((output) => graphOutput(output, values, limits));
  for (const { name } of outputs)
    if (!known.has(name)) throw modelError('a graph output', 'a value of the graph', name);
  const nodes = sortNodes(unsorted, given);
  return { nodes, inputs, outputs, constants, defaults: listed.filter((name) => constants.has(name)) };
}
