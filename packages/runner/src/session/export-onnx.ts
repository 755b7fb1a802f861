import { prepareAddon } from '@zeroskip/kernels';
import type { AttributeValue, Graph, GraphOutput } from '../model/graph.ts';
import { nodeError } from '../model/node-error.ts';
import { ModelFiles } from '../model/reading/files.ts';
import { type FileSource, modelBytes } from '../model/reading/source.ts';
import { type AttributeInput, node, onnxModel, valueInfo } from '../onnx/write-model.ts';
import { foldConstants } from '../passes/fold-constants.ts';
import { prune } from '../passes/prune.ts';
import type { SessionOptions } from './options.ts';
import { parseModel } from './parse-model.ts';
import { settingsOf } from './settings.ts';

function attributeInput({ kind, value }: AttributeValue): AttributeInput | undefined {
  switch (kind) {
    case 'int':
    case 'ints':
    case 'string':
      return value;
    case 'float':
      return { float: value };
    case 'floats':
      return { floats: value };
    case 'strings':
      return { strings: value };
    case 'tensor':
      return value.load();
    default:
      return undefined;
  }
}

function nodesOf({ nodes }: Graph) {
  const opset = nodes[0]?.opset ?? 1;
  return nodes.map((each) => {
    const { opType, inputs, outputs, name, domain } = each;
    const refuse = (what: string, expected: string, received: unknown) =>
      nodeError(each, what, expected, received, 'ERR_UNSUPPORTED_OPERATOR');
    if (domain !== undefined) throw refuse('the domain', "ONNX's own", domain);
    if (each.opset !== opset) throw refuse('the operator set', `that of the others, ${opset}`, each.opset);
    const attributes = [...each.attributes].map(([key, attribute]): [string, AttributeInput] => {
      const written = attributeInput(attribute);
      if (written === undefined) throw refuse(`attribute ${key}`, 'a value', attribute.kind);
      return [key, written];
    });
    return node(opType, inputs, outputs, Object.fromEntries(attributes), name);
  });
}

/** An output whose type the model leaves open has none in the file, either. */
const declared = ({ name, type, dims }: GraphOutput) =>
  type === undefined ? { name } : valueInfo(name, type, dims);

/** What of `SessionOptions` has a say in how a model is read. */
export type ExportOptions = Pick<
  SessionOptions,
  'externalData' | 'followLinks' | 'layers' | 'limits' | 'outputs'
>;

/**
 * A model as an ONNX file, for engines that know no other. Only constants are folded: all that optimizes the network
 * is left to who runs it. Its inputs and outputs keep their names, types and axes.
 * @param model as `InferenceSession.create` takes it
 * @throws what `InferenceSession.create` throws for a model that is refused; `ERR_UNSUPPORTED_OPERATOR` for one with
 *   operators outside ONNX's default domain, or with graphs inside its nodes
 */
export async function exportOnnx(model: FileSource, options: ExportOptions = {}): Promise<Uint8Array> {
  await prepareAddon();
  const settings = settingsOf(options);
  const { limits } = settings;
  const { bytes, path } = await modelBytes(model, settings);
  const read = await parseModel(bytes, limits, new ModelFiles({ ...settings, path }), settings);
  const graph = prune(foldConstants(read, new Map(), limits));
  const constants = [...graph.constants].map(([name, constant]) => [name, constant.load()] as const);
  return onnxModel({
    nodes: nodesOf(graph),
    inputs: graph.inputs.map(declared),
    outputs: graph.outputs.map(declared),
    constants: Object.fromEntries(constants),
    opset: graph.nodes[0]?.opset ?? 1,
  });
}
