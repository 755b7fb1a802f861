import { type GraphOutput, type GraphValue, type ModelFormat, modelError } from '@zeroskip/onnx';
import { Emitter } from '../tfjs/emitter.ts';
import { GraphBuilder } from '../tfjs/graph/builder.ts';
import type { TensorValue } from '../tfjs/graph/value.ts';
import { withOutputDims } from '../tfjs/output-dims.ts';
import { type LiteModel, readModel, type SignatureEntry } from './schema.ts';
import { declaredDims, type LiteTensor } from './tensor.ts';
import { ModelWriter } from './writer.ts';

/** The first subgraph is the model. */
const MAIN = 0;
/** What TensorFlow calls the signature that servers take unless told. */
const DEFAULT_SIGNATURE = 'serving_default';
/** The operator set that has integers of 16 bits for quantized values. */
const INT16_OPSET = 21;

/** A tensor of the main subgraph, and the name that it has outside. */
interface Port {
  readonly name: string;
  readonly tensor: number;
}

type NamedTensors = SignatureEntry['inputs'];

function signatureOf({ signatureDefs }: LiteModel) {
  const own = signatureDefs.filter(({ subgraphIndex }) => subgraphIndex === MAIN);
  return own.find(({ signatureKey }) => signatureKey === DEFAULT_SIGNATURE) ?? own[0];
}

function tensorAt(tensors: readonly LiteTensor[], index: number, what: string): LiteTensor {
  const tensor = tensors[index];
  if (tensor === undefined) throw modelError(what, `a tensor, one of ${tensors.length},`, index);
  return tensor;
}

/** Tensors by the names of the signature where it has them. */
function ports(
  indices: readonly number[],
  tensors: readonly LiteTensor[],
  named: NamedTensors,
  what: string,
) {
  return indices.map((index): Port => {
    const { name } = tensorAt(tensors, index, what);
    return { name: named.find(({ tensorIndex }) => tensorIndex === index)?.name || name, tensor: index };
  });
}

/** What a caller asks for: outputs of the signature, or any tensor. */
function chosenPorts(
  wanted: readonly string[],
  known: readonly Port[],
  tensors: readonly LiteTensor[],
): Port[] {
  return wanted.map((name) => {
    const port = known.find((each) => each.name === name);
    if (port) return port;
    const tensor = tensors.findIndex((each) => each.name === name);
    if (tensor >= 0) return { name, tensor };
    throw modelError('option outputs', 'outputs of the model or names of its tensors', name);
  });
}

/** A TensorFlow Lite model, with the axes that it has (N, H, W, C mostly). */
export const parseTensorFlowLite: ModelFormat['parse'] = async (
  bytes,
  limits,
  _files,
  { outputs: wanted, fold } = {},
) => {
  const model = readModel(bytes, limits);
  const writer = new ModelWriter(model, limits);
  const main = writer.part(MAIN);
  const { tensors } = main;
  const signature = signatureOf(model);
  const known = ports(main.outputs, tensors, signature?.outputs ?? [], 'outputs of the model');
  const chosen = wanted ? chosenPorts(wanted, known, tensors) : known;
  if (chosen.length === 0) throw modelError('outputs of the model', 'at least one', 'none');
  const indices = chosen.map(({ tensor }) => tensor);
  writer.assertKnown(MAIN, indices);
  const emitter = new Emitter(limits);
  const builder = new GraphBuilder(emitter);
  const given = new Map<number, TensorValue>();
  const inputPorts = ports(main.inputs, tensors, signature?.inputs ?? [], 'inputs of the model');
  const inputs = inputPorts.map(({ name, tensor }): GraphValue => {
    const dims = declaredDims(tensors[tensor]!);
    const value = emitter.reserve(name);
    const length = dims?.length === 1 && typeof dims[0] === 'number' ? dims[0] : undefined;
    given.set(tensor, builder.plain(value, dims?.length, length));
    return { name: value, type: tensors[tensor]!.type(), dims };
  });
  const names = chosen.map(({ name }) => emitter.reserve(name));
  const outputs = writer.write(MAIN, given, indices, builder).map((value, i): GraphOutput => {
    const tensor = tensors[indices[i]!]!;
    const name = emitter.reservedOutput(names[i]!, builder.modelOrder(value).name);
    return { name, type: tensor.type(), dims: declaredDims(tensor) };
  });
  const { constants } = emitter;
  const isWide = [...constants.values()].some(({ type }) => type === 'int16');
  const nodes = isWide ? emitter.nodes.map((node) => ({ ...node, opset: INT16_OPSET })) : emitter.nodes;
  return withOutputDims({ nodes, inputs, outputs, constants }, fold);
};
