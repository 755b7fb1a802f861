import {
  type Graph,
  type GraphValue,
  type Limits,
  type ModelFiles,
  modelError,
  type ReadOptions,
} from '@zeroskip/onnx';
import { Emitter } from '../emitter.ts';
import { withOutputDims } from '../output-dims.ts';
import { readConstants, type WeightType } from '../weights.ts';
import { GraphBuilder } from './builder.ts';
import { fitSizes } from './fit-sizes.ts';
import { TfNode } from './node.ts';
import { fromRows, toRows } from './operators/strings/index.ts';
import { type GraphModel, type NodeEntry, readGraphModel } from './schema.ts';
import { kindOf, type TensorValue } from './value.ts';
import { GraphWriter, isPlaceholder } from './writer.ts';

const WEIGHT_TYPES: readonly WeightType[] = ['float32', 'int32', 'bool', 'string'];

/** Operators without a value that a caller could want. */
const NO_VALUES: ReadonlySet<string> = new Set([
  'Const',
  'NoOp',
  'TensorArrayCloseV3',
  'LookupTableImport',
  'LookupTableImportV2',
  'InitializeTable',
  'InitializeTableV2',
]);

/** A node of the graph, and the name that it has outside. */
interface Port {
  readonly name: string;
  readonly reference: string;
}

const nodeOf = (reference: string) => reference.split(':')[0]!;

function signaturePorts(tensors: Readonly<Record<string, { readonly name?: string | undefined }>>): Port[] {
  return Object.entries(tensors).flatMap(([name, { name: reference }]) =>
    reference === undefined ? [] : [{ name, reference }],
  );
}

/** The graph's placeholders, by the names of the signature where it has them. */
function inputPorts({ nodes, signature }: GraphModel): Port[] {
  const named = signaturePorts(signature.inputs);
  const others = nodes
    .filter(isPlaceholder)
    .filter(({ name }) => !named.some(({ reference }) => nodeOf(reference) === name));
  return [...named, ...others.map(({ name }) => ({ name, reference: name }))];
}

/** What the signature names; nodes that no other reads where there is none. */
function outputPorts({ nodes, signature }: GraphModel): Port[] {
  const named = signaturePorts(signature.outputs);
  if (named.length > 0) return named;
  const read = new Set(nodes.flatMap(({ input }) => input.map((text) => nodeOf(text.replace(/^\^/, '')))));
  const isOutput = ({ name, op }: NodeEntry) => !read.has(name) && !NO_VALUES.has(op);
  return nodes.filter(isOutput).map(({ name }) => ({ name, reference: name }));
}

/** What a caller asks for: outputs of the signature, or of any node. */
function chosenPorts(model: GraphModel, wanted: readonly string[]): Port[] {
  const known = new Map(outputPorts(model).map((port) => [port.name, port]));
  const nodes = new Set(model.nodes.map(({ name }) => name));
  return wanted.map((name) => {
    const port = known.get(name) ?? { name, reference: name };
    if (nodes.has(nodeOf(port.reference))) return port;
    throw modelError('option outputs', 'outputs of the model or names of its nodes', name);
  });
}

function declaredDims(entry: NodeEntry): GraphValue['dims'] {
  const dims = new TfNode(entry).shape('shape');
  return dims?.map((dim, axis) => (dim >= 0 ? dim : axis === 0 ? 'batch' : ''));
}

/** A value as a caller can have it. */
function outputValue(name: string, value: TensorValue, builder: GraphBuilder): TensorValue {
  if (value.list || value.isComplex)
    throw modelError(`output ${JSON.stringify(name)}`, 'a tensor', kindOf(value), 'ERR_UNSUPPORTED_TYPE');
  return value.bytes === undefined ? value : toRows(name, value, builder);
}

/** A graph model of TensorFlow.js, with the axes that it has (N, H, W, C mostly). */
export async function parseGraphModel(
  json: unknown,
  limits: Limits,
  files: ModelFiles,
  { outputs: wanted, fold }: ReadOptions,
): Promise<Graph> {
  const model = readGraphModel(json);
  const emitter = new Emitter(limits);
  const builder = new GraphBuilder(emitter);
  const outputPortsUsed = wanted ? chosenPorts(model, wanted) : outputPorts(model);
  if (outputPortsUsed.length === 0) throw modelError('outputs of the model', 'at least one', 'none');
  const references = outputPortsUsed.map(({ reference }) => reference);
  const writer = new GraphWriter(model, references, builder, limits);
  writer.assertKnown();
  const weights = await readConstants(model.weightsManifest, files, limits, WEIGHT_TYPES);
  const inputs = inputPorts(model).map(({ name, reference }): GraphValue => {
    const entry = model.nodes.find((node) => node.name === nodeOf(reference));
    if (entry === undefined || !isPlaceholder(entry)) {
      throw modelError(`input ${JSON.stringify(name)} of the signature`, 'a placeholder', reference);
    }
    const dims = declaredDims(entry);
    if (dims !== undefined && dims.length > limits.maxRank) {
      const what = `rank of input ${JSON.stringify(name)}`;
      throw modelError(what, `at most ${limits.maxRank}`, dims.length, 'ERR_LIMIT_EXCEEDED');
    }
    const value = emitter.reserve(name);
    const node = new TfNode(entry);
    if (node.isOfStrings('dtype')) {
      writer.define(entry.name, fromRows(name, value, dims?.length, builder));
      return { name: value, type: 'uint8', dims: dims && [...dims, ''] };
    }
    writer.define(entry.name, builder.plain(value, dims?.length));
    return { name: value, type: node.type('dtype'), dims };
  });
  const names = outputPortsUsed.map(({ name }) => emitter.reserve(name));
  const values = writer.values(weights);
  const outputs = values.map((value, i) => {
    const { name, rank } = outputValue(names[i]!, builder.modelOrder(value), builder);
    const dims = rank === undefined ? undefined : Array.from({ length: rank }, () => '');
    return { name: emitter.reservedOutput(names[i]!, name), type: undefined, dims };
  });
  const { nodes, constants } = emitter;
  const graph = fitSizes({ nodes, inputs, outputs, constants }, builder.fitted, fold);
  return withOutputDims(graph, fold);
}
