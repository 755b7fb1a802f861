import {
  type Constant,
  constantFrom,
  freshNames,
  type GraphNode,
  MAX_OPSET,
  nodeView,
  OWN_DOMAIN,
  producers,
  readers,
  type TypedGraph,
  type ValueType,
} from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { operatorOf } from '../../ops/index.ts';
import { dequantized, quantized, quantizedOf, type RealValue, sameScale } from './real-values.ts';
import { quantizedWeights, type Weights } from './weights.ts';

/** Operators that move elements, or pick one of several: they do on integers what they do on floats. */
const moving: ReadonlySet<string> = new Set([
  'MaxPool',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Identity',
  'Resize',
]);

/**
 * Computes on integers what stands between DequantizeLinear and QuantizeLinear: convolutions and products of matrices
 * with quantized weights, and operators that only move elements. Element-wise operators are left as they are: they
 * become one native step with what is around them.
 */
export function fuseQuantized(graph: TypedGraph): TypedGraph {
  if (!graph.nodes.some(({ opType }) => opType === 'DequantizeLinear')) return graph;
  return new Fusion(graph).result();
}

/** Whether a Resize only picks elements: no values between them, and none from outside. */
function picksElements({ attributes }: GraphNode): boolean {
  const text = (name: string) => {
    const value = attributes.get(name);
    return value?.kind === 'string' ? value.value : undefined;
  };
  const isNearest = (text('mode') ?? 'nearest') === 'nearest';
  return isNearest && text('coordinate_transformation_mode') !== 'tf_crop_and_resize';
}

class Fusion {
  readonly #graph: TypedGraph;
  readonly #types: Map<string, ValueType>;
  readonly #constants: Map<string, Constant>;
  readonly #names: (base: string) => string;
  readonly #reader: ReturnType<typeof readers>;
  readonly #producer: ReturnType<typeof producers>;
  readonly #removed = new Set<GraphNode>();
  /** Convolutions of integers so far, by their results. */
  readonly #integers = new Map<string, GraphNode>();

  constructor(graph: TypedGraph) {
    this.#graph = graph;
    this.#types = new Map(graph.types);
    this.#constants = new Map(graph.constants);
    this.#names = freshNames(graph);
    this.#reader = readers(graph);
    this.#producer = producers(graph);
  }

  result(): TypedGraph {
    const replaced = this.#graph.nodes.map((node) => ({ node, parts: this.#fused(node) }));
    // What a node takes in may stand behind it: the quantization of its result.
    const nodes = replaced.flatMap(({ node, parts }) => parts ?? (this.#removed.has(node) ? [] : [node]));
    return { ...this.#graph, nodes, types: this.#types, constants: this.#constants };
  }

  #fused(node: GraphNode): readonly GraphNode[] | undefined {
    if (node.domain !== undefined || node.outputs.length > 1) return undefined;
    if (node.opType === 'QLinearConv') this.#integers.set(node.outputs[0]!, node);
    const output = this.#types.get(node.outputs[0]!);
    if (output?.type !== 'float32' || sizeOf(output.dims) === 0) return undefined;
    if (node.opType === 'Conv') return this.#convolution(node);
    if (node.opType === 'MatMul' || node.opType === 'Gemm') return this.#matrices(node);
    if (node.opType === 'Concat') return this.#concatenation(node);
    if (node.opType === 'Add') return this.#sum(node);
    return moving.has(node.opType) ? this.#moved(node) : undefined;
  }

  #real(name: string | undefined): RealValue | undefined {
    return dequantized(this.#graph, this.#producer.get(name ?? ''));
  }

  #only(name: string): GraphNode | undefined {
    const all = this.#reader.get(name) ?? [];
    return all.length === 1 ? all[0] : undefined;
  }

  #constant(base: string, tensor: Tensor): string {
    const name = this.#names(base);
    this.#constants.set(name, constantFrom(tensor));
    return name;
  }

  #zeroOf({ zeroName, type, name }: RealValue): string {
    return zeroName === '' ? this.#constant(`${name}:zero`, new Tensor(type, [0], [])) : zeroName;
  }

  /**
   * The integers that the only reader of a value makes of it, also behind an activation that their range implies: one
   * that clips what the integers cannot hold.
   */
  #result(name: string): { readonly result: RealValue; readonly nodes: readonly GraphNode[] } | undefined {
    const first = this.#only(name);
    if (!first) return undefined;
    const own = quantized(this.#graph, first);
    if (own) return { result: own, nodes: [first] };
    const view = nodeView(first, this.#graph.types, this.#graph.constants);
    const activation = first.domain === undefined && view && operatorOf(first).activation?.(view);
    const second = activation ? this.#only(first.outputs[0]!) : undefined;
    const result = quantized(this.#graph, second);
    if (!activation || !result) return undefined;
    const [low, high] = result.type === 'uint8' ? [0, 255] : [-128, 127];
    const [least, most] =
      activation.name === 'relu'
        ? [0, Number.POSITIVE_INFINITY]
        : activation.name === 'clip'
          ? [activation.alpha ?? 0, activation.beta ?? 0]
          : [Number.POSITIVE_INFINITY, 0];
    const isImplied = quantizedOf(least, result) <= low && quantizedOf(most, result) >= high;
    return isImplied ? { result, nodes: [first, second!] } : undefined;
  }

  /** The product of integers in the place of `node`, with float results. */
  #toFloat(opType: string, node: GraphNode, x: RealValue, w: Weights, bias: string): GraphNode {
    const { name, opset, outputs } = node;
    const attributes = opType === 'ConvIntegerToFloat' ? node.attributes : new Map();
    const inputs = [x.name, w.values, x.scaleName, w.scale, this.#zeroOf(x), w.zero];
    if (bias !== '') inputs.push(bias);
    return { name, opType, domain: OWN_DOMAIN, opset, inputs, outputs, attributes };
  }

  #weights(name: string, axis: number, transposed: boolean): Weights | undefined {
    const constant = this.#graph.constants.get(name);
    return (
      constant &&
      quantizedWeights(constant, axis, transposed, (base, made) => {
        const own = this.#names(`${name}:${base}`);
        this.#constants.set(own, made);
        return own;
      })
    );
  }

  #convolution(node: GraphNode): readonly GraphNode[] | undefined {
    const x = this.#real(node.inputs[0]);
    const w = x && this.#weights(node.inputs[1]!, 0, false);
    const biasName = node.inputs[2] ?? '';
    const bias = this.#graph.constants.get(biasName);
    if (!x || !w || node.addend || node.activation || (biasName !== '' && !bias)) return undefined;
    const found = this.#result(node.outputs[0]!);
    const integers = bias ? w.bias(bias, x.scale) : undefined;
    if (!found || (bias && !integers)) return [this.#toFloat('ConvIntegerToFloat', node, x, w, biasName)];
    const { result, nodes } = found;
    const inputs = [x.name, x.scaleName, this.#zeroOf(x), w.values, w.scale, w.zero];
    inputs.push(result.scaleName, this.#zeroOf(result));
    if (integers) inputs.push(this.#constant(`${biasName}:integers`, integers));
    for (const taken of nodes) this.#removed.add(taken);
    const fused = { ...node, opType: 'QLinearConv', inputs, outputs: [result.name] };
    this.#integers.set(result.name, fused);
    return [fused];
  }

  #matrices(node: GraphNode): readonly GraphNode[] | undefined {
    const attribute = (name: string) => node.attributes.get(name);
    const isSet = (name: string) => {
      const value = attribute(name);
      return value?.kind === 'int' && value.value !== 0n;
    };
    const isOne = (name: string) => {
      const value = attribute(name);
      return value === undefined || (value.kind === 'float' && value.value === 1);
    };
    if (node.activation || isSet('transA') || !isOne('alpha') || !isOne('beta')) return undefined;
    const x = this.#real(node.inputs[0]);
    const isMatrix = this.#graph.constants.get(node.inputs[1]!)?.dims.length === 2;
    const w = x && isMatrix && this.#weights(node.inputs[1]!, 1, isSet('transB'));
    const biasName = node.inputs[2] ?? '';
    if (!x || !w) return undefined;
    const bias = this.#graph.constants.get(biasName);
    const columns = this.#types.get(node.outputs[0]!)!.dims.at(-1)!;
    if (biasName === '') return [this.#toFloat('MatMulIntegerToFloat', node, x, w, '')];
    if (!bias || sizeOf(bias.dims) !== columns || bias.dims.at(-1) !== columns) return undefined;
    const flat = this.#names(`${biasName}:vector`);
    this.#constants.set(flat, { ...bias, dims: [columns], load: () => bias.load().reshape([columns]) });
    return [this.#toFloat('MatMulIntegerToFloat', node, x, w, flat)];
  }

  /** A sum of which one operand is the result of a convolution that nothing else reads. */
  #sum(node: GraphNode): readonly GraphNode[] | undefined {
    const found = this.#result(node.outputs[0]!);
    const operands = node.inputs.map((name) => this.#real(name));
    const dims = this.#types.get(node.outputs[0]!)!.dims.join();
    const isWhole = operands.every(
      (operand) => operand && this.#types.get(operand.name)!.dims.join() === dims,
    );
    if (!found || !isWhole || node.activation) return undefined;
    // Of two convolutions that are added, the later one adds: the other's result is there by then.
    const at = [1, 0]
      .filter((index) => this.#convolves(node.inputs[index]!, operands[index]!))
      .sort((a, b) => this.#position(operands[b]!) - this.#position(operands[a]!))[0];
    const conv = at === undefined ? undefined : this.#integers.get(operands[at]!.name);
    if (!conv) return undefined;
    const addend = operands[1 - at!]!;
    const { result, nodes } = found;
    const bias = conv.inputs.slice(8);
    const added = [addend.name, addend.scaleName, this.#zeroOf(addend)];
    const inputs = [...conv.inputs.slice(0, 8), ...added, result.scaleName, this.#zeroOf(result), ...bias];
    for (const taken of nodes) this.#removed.add(taken);
    const { name, opset, attributes } = conv;
    const sum = { name, opType: 'QLinearConvAdd', domain: OWN_DOMAIN, opset, inputs, outputs: [result.name] };
    return [{ ...sum, attributes }];
  }

  #position({ name }: RealValue): number {
    return [...this.#integers.keys()].indexOf(name);
  }

  /** Whether a convolution that is not depthwise makes the integers, which the sum alone reads. */
  #convolves(name: string, { name: integers }: RealValue): boolean {
    const conv = this.#integers.get(integers);
    const alone = this.#reader.get(name)!.length === 1 && this.#reader.get(integers)!.length === 1;
    const isDepthwise = conv && this.#constants.get(conv.inputs[3]!)?.dims[1] === 1;
    return conv !== undefined && alone && !isDepthwise;
  }

  /** The name of integers of `x` in the scale of `result`, and what makes them. */
  #rescaled(x: RealValue, result: RealValue, made: GraphNode[], output?: string): string {
    if (sameScale(x, result)) return x.name;
    const real = this.#names(`${x.name}:real`);
    const integers = output ?? this.#names(`${x.name}:rescaled`);
    const type = this.#types.get(x.name)!;
    this.#types.set(real, { type: 'float32', dims: type.dims });
    this.#types.set(integers, { type: result.type, dims: type.dims });
    const common = { opset: MAX_OPSET, attributes: new Map() };
    made.push(
      {
        ...common,
        name: real,
        opType: 'DequantizeLinear',
        inputs: [x.name, x.scaleName, this.#zeroOf(x)],
        outputs: [real],
      },
      {
        ...common,
        name: integers,
        opType: 'QuantizeLinear',
        inputs: [real, result.scaleName, this.#zeroOf(result)],
        outputs: [integers],
      },
    );
    return integers;
  }

  #concatenation(node: GraphNode): readonly GraphNode[] | undefined {
    const reader = this.#only(node.outputs[0]!);
    const result = quantized(this.#graph, reader);
    const operands = node.inputs.map((name) => this.#real(name));
    if (!result || operands.includes(undefined)) return undefined;
    const made: GraphNode[] = [];
    const inputs = operands.map((operand) => this.#rescaled(operand!, result, made));
    this.#removed.add(reader!);
    return [...made, { ...node, inputs, outputs: [result.name] }];
  }

  #moved(node: GraphNode): readonly GraphNode[] | undefined {
    const reader = this.#only(node.outputs[0]!);
    const result = quantized(this.#graph, reader);
    const x = this.#real(node.inputs[0]);
    if (!result || !x || (node.opType === 'Resize' && !picksElements(node))) return undefined;
    const inputs = [x.name, ...node.inputs.slice(1)];
    this.#removed.add(reader!);
    if (sameScale(x, result)) return [{ ...node, inputs, outputs: [result.name] }];
    const moved = this.#names(`${node.outputs[0]}:integers`);
    this.#types.set(moved, { type: x.type, dims: this.#types.get(node.outputs[0]!)!.dims });
    const made: GraphNode[] = [{ ...node, inputs, outputs: [moved] }];
    this.#rescaled({ ...x, name: moved }, result, made, result.name);
    return made;
  }
}
