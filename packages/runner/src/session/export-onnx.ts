import { prepareAddon } from '@zeroskip/kernels';
import {
  type AttributeInput,
  type AttributeValue,
  constantFrom,
  everyNode,
  type FileSource,
  freshNames,
  type Graph,
  type GraphNode,
  type GraphOutput,
  type GraphParts,
  graphProto,
  ModelFiles,
  modelBytes,
  node,
  nodeError,
  onnxModel,
  type Subgraph,
  valueInfo,
} from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { MANY } from '../ops/common/operator.ts';
import { operatorOf } from '../ops/index.ts';
import { foldConstants } from '../passes/fold-constants.ts';
import { prune } from '../passes/prune.ts';
import type { SessionOptions } from './options.ts';
import { parseModel } from './parse-model.ts';
import { settingsOf } from './settings.ts';

/** A value whose type the model leaves open, or which is no tensor, has no type in the file. */
const declared = ({ name, form, type, dims }: GraphOutput) =>
  type === undefined || form ? { name } : valueInfo(name, type, dims);

/** Writes the graphs of one model. */
class Exporter {
  readonly opset: number;
  readonly #freshName: (base: string) => string;

  constructor(graph: Graph) {
    this.opset = graph.nodes[0]?.opset ?? 1;
    this.#freshName = freshNames({ ...graph, nodes: everyNode(graph.nodes) });
  }

  partsOf({ nodes, inputs, outputs, constants }: Graph | Subgraph): GraphParts {
    const tensors = [...constants].map(([name, constant]) => [name, constant.load()] as const);
    return {
      nodes: nodes.flatMap((each) => this.#spreadAxes(each)).map((each) => this.#node(each)),
      inputs: inputs.map(declared),
      outputs: outputs.map(declared),
      constants: Object.fromEntries(tensors),
    };
  }

  #attribute({ kind, value }: AttributeValue): AttributeInput | undefined {
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
      case 'graph':
        return { graph: graphProto(this.partsOf(this.#withOwnOutputs(value))) };
      default:
        return undefined;
    }
  }

  /**
   * A Resize whose sizes or scales are of some axes, with those of all: where onnxruntime moves a transposition past
   * one, it takes them for those of all.
   */
  #spreadAxes(each: GraphNode): GraphNode[] {
    const { opType, domain, inputs, attributes, name, opset } = each;
    const axes = attributes.get('axes');
    const [x, roi, scales = '', sizes = ''] = inputs;
    if (opType !== 'Resize' || domain || roi || !axes || attributes.has('keep_aspect_ratio_policy'))
      return [each];
    const made: GraphNode[] = [];
    const add = (kind: string, from: readonly string[], own: GraphNode['attributes'] = new Map()) => {
      const output = this.#freshName(`${name}/${kind}`);
      made.push({ name: output, opType: kind, opset, inputs: from, outputs: [output], attributes: own });
      return output;
    };
    const shape = add('Shape', [x!]);
    const one = constantFrom(new Tensor('float32', [1], [1]));
    const all = sizes
      ? shape
      : add('ConstantOfShape', [add('Shape', [shape])], new Map([['value', { kind: 'tensor', value: one }]]));
    const places = add('Constant', [], new Map([['value_ints', axes]]));
    const spread = add('ScatterElements', [all, places, sizes || scales]);
    const rest = new Map([...attributes].filter(([key]) => key !== 'axes'));
    const own = { ...each, inputs: sizes ? [x!, '', '', spread] : [x!, '', spread], attributes: rest };
    return [...made, own];
  }

  #node(each: GraphNode) {
    const { opType, inputs, name, domain } = each;
    const refuse = (what: string, expected: string, received: unknown) =>
      nodeError(each, what, expected, received, 'ERR_UNSUPPORTED_OPERATOR');
    if (domain !== undefined) throw refuse('the domain', "ONNX's own", domain);
    if (each.opset !== this.opset)
      throw refuse('the operator set', `that of the others, ${this.opset}`, each.opset);
    const attributes = [...each.attributes].map(([key, attribute]): [string, AttributeInput] => {
      const written = this.#attribute(attribute);
      if (written === undefined) throw refuse(`attribute ${key}`, 'a value', attribute.kind);
      return [key, written];
    });
    // Outputs that an operator always has, or has any number of, must have names, also where nothing reads them:
    // onnxruntime ends with a segmentation fault at a Split without.
    const [least, most] = operatorOf(each).outputs ?? [1, 1];
    const outputs = each.outputs.map((output, at) =>
      output === '' && (at < least || most === MANY) ? this.#freshName(`${name}:${at}`) : output,
    );
    return node(opType, inputs, outputs, Object.fromEntries(attributes), name);
  }

  /** A graph inside a node, each output of which a node of its own makes, as the file format asks for. */
  #withOwnOutputs(graph: Subgraph): Subgraph {
    const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
    const nodes = [...graph.nodes];
    const outputs = graph.outputs.map((output) => {
      if (made.delete(output.name)) return output;
      const name = this.#freshName(`${output.name}:returned`);
      const identity = { name, opType: 'Identity', opset: this.opset, attributes: new Map() };
      nodes.push({ ...identity, inputs: [output.name], outputs: [name] });
      return { ...output, name };
    });
    return { ...graph, nodes, outputs };
  }
}

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
 *   operators outside ONNX's default domain
 */
export async function exportOnnx(model: FileSource, options: ExportOptions = {}): Promise<Uint8Array> {
  await prepareAddon();
  const settings = await settingsOf(options);
  const { limits } = settings;
  const { bytes, path } = await modelBytes(model, settings);
  const read = await parseModel(bytes, limits, new ModelFiles({ ...settings, path }), settings);
  const graph = prune(foldConstants(read, new Map(), limits));
  const exporter = new Exporter(graph);
  return onnxModel({ ...exporter.partsOf(graph), opset: exporter.opset });
}
