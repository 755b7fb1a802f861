import type { AttributeValue, Constant, Graph, GraphNode, GraphValue } from '../graph.ts';
import type { Limits } from '../limits.ts';
import { elementType } from './element-types.ts';
import { modelError } from './model-error.ts';
import type { AttributeProto, ModelProto, NodeProto, ValueInfoProto } from './schema.ts';
import { sortNodes } from './sort-nodes.ts';
import { constantOf, type ExternalFiles, storedTensor } from './tensor.ts';

/** Versions of the default operator set whose meaning the operators here implement. */
const MIN_OPSET = 7;
export const MAX_OPSET = 25;

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

function attributeValue(
  proto: AttributeProto,
  what: string,
  limits: Limits,
  files: ExternalFiles,
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
      return { kind, value: constantOf(storedTensor(proto.t, limits, files, `the tensor of ${what}`)) };
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

function opsetVersion(model: ModelProto): number {
  const isDefault = (domain: string | undefined) =>
    domain === undefined || domain === '' || domain === 'ai.onnx';
  const entries = model.opsetImport.filter((entry) => isDefault(entry.domain));
  if (entries.length !== 1) {
    throw modelError("the model's operator set imports", 'one entry for the default domain', entries.length);
  }
  const version = Number(entries[0]!.version ?? 0n);
  if (version < MIN_OPSET || version > MAX_OPSET) {
    throw modelError(
      "the model's operator set",
      `a version from ${MIN_OPSET} to ${MAX_OPSET}`,
      version,
      'ERR_UNSUPPORTED_OPERATOR',
    );
  }
  return version;
}

function graphNode(proto: NodeProto, opset: number, limits: Limits, files: ExternalFiles): GraphNode {
  const name = proto.name || proto.output.find((output) => output !== '') || '';
  const opType = proto.opType ?? '';
  const what = `node ${JSON.stringify(name)} (${opType})`;
  if (opType === '') throw modelError(`operator of node ${JSON.stringify(name)}`, 'a name', '');
  if (name === '') throw modelError(`outputs of a ${opType} node`, 'at least one name', proto.output);
  const domain = proto.domain ?? '';
  if (domain !== '' && domain !== 'ai.onnx') {
    throw Object.assign(
      modelError(`domain of ${what}`, 'the default operator domain', domain, 'ERR_UNSUPPORTED_OPERATOR'),
      { nodeName: name, opType },
    );
  }
  const attributes = new Map<string, AttributeValue>();
  for (const attribute of proto.attribute) {
    const key = attribute.name ?? '';
    if (attributes.has(key)) throw modelError(`attributes of ${what}`, 'names without duplicates', key);
    if (attribute.refAttrName) throw modelError(`attribute ${key} of ${what}`, 'a value', 'a reference');
    attributes.set(key, attributeValue(attribute, `attribute ${key} of ${what}`, limits, files));
  }
  return { name, opType, opset, inputs: proto.input, outputs: proto.output, attributes };
}

function graphValue(proto: ValueInfoProto, kind: 'input' | 'output', limits: Limits): GraphValue {
  const name = proto.name ?? '';
  const what = `graph ${kind} ${JSON.stringify(name)}`;
  if (name === '') throw modelError(`name of a graph ${kind}`, 'a name', name);
  const type = proto.type ?? {};
  if (!type.tensorType) {
    const received = type.sequenceType
      ? 'a sequence'
      : type.mapType
        ? 'a map'
        : type.optionalType
          ? 'an optional'
          : type.sparseTensorType
            ? 'a sparse tensor'
            : 'none';
    const code = received === 'none' ? 'ERR_INVALID_MODEL' : 'ERR_UNSUPPORTED_TYPE';
    throw modelError(`type of ${what}`, 'a tensor type', received, code);
  }
  const { elemType, shape } = type.tensorType;
  if (shape && shape.dim.length > limits.maxRank) {
    throw modelError(`rank of ${what}`, `at most ${limits.maxRank}`, shape.dim.length, 'ERR_LIMIT_EXCEEDED');
  }
  const dims = shape?.dim.map(({ dimValue, dimParam }, axis) => {
    if (dimValue === undefined) return dimParam ?? '';
    const dim = Number(dimValue);
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw modelError(`dims[${axis}] of ${what}`, 'a non-negative integer', dimValue);
    }
    return dim;
  });
  return { name, type: elementType(elemType, what), dims };
}

function limited(what: string, count: number, max: number): void {
  if (count > max) throw modelError(what, `at most ${max}`, count, 'ERR_LIMIT_EXCEEDED');
}

/**
 * Checks a decoded model's structure and turns it into a graph. Operators and their attributes are checked
 * when the graph is compiled.
 * @throws `ZeroskipError` with codes `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_OPERATOR`, `ERR_UNSUPPORTED_TYPE`
 *   or `ERR_LIMIT_EXCEEDED`
 */
export function buildGraph(model: ModelProto, limits: Limits, files: ExternalFiles): Graph {
  const proto = model.graph;
  if (!proto) throw modelError('the model', 'an ONNX model with a graph', 'no graph');
  const opset = opsetVersion(model);
  limited('number of nodes', proto.node.length, limits.maxNodes);
  limited('number of initializers', proto.initializer.length, limits.maxTensors);
  if (proto.sparseInitializer.length > 0) {
    throw modelError('initializers', 'dense tensors', 'a sparse tensor', 'ERR_UNSUPPORTED_TYPE');
  }
  const known = new Set<string>();
  const define = (name: string, what: string) => {
    if (known.has(name)) throw modelError(what, 'a name that is not yet in use', name);
    known.add(name);
  };
  const constants = new Map<string, Constant>();
  for (const initializer of proto.initializer) {
    const stored = storedTensor(initializer, limits, files);
    if (stored.name === '') throw modelError('name of an initializer', 'a name', '');
    define(stored.name, 'name of an initializer');
    constants.set(stored.name, constantOf(stored));
  }
  const inputs: GraphValue[] = [];
  for (const input of proto.input) {
    if (constants.has(input.name ?? '')) continue;
    const value = graphValue(input, 'input', limits);
    define(value.name, 'name of a graph input');
    inputs.push(value);
  }
  const given = new Set(known);
  const nodes = proto.node.map((node) => graphNode(node, opset, limits, files));
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name !== '') define(name, `output of node ${JSON.stringify(node.name)} (${node.opType})`);
    }
  }
  const outputs = proto.output.map((output) => graphValue(output, 'output', limits));
  if (outputs.length === 0) throw modelError('graph outputs', 'at least one', 'none');
  const outputNames = new Set<string>();
  for (const { name } of outputs) {
    if (!known.has(name)) throw modelError('a graph output', 'a value of the graph', name);
    if (outputNames.has(name)) throw modelError('graph outputs', 'names without duplicates', name);
    outputNames.add(name);
  }
  return { nodes: sortNodes(nodes, given), inputs, outputs, constants };
}
