import { type Message, node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import type { FloatNetwork, Layer } from './network.ts';

/** Least and largest value of each map. */
export type Ranges = ReadonlyMap<string, readonly [number, number]>;

/** `qdq`: float operators between pairs of QuantizeLinear and DequantizeLinear. `qlinear`: operators of integers. */
export type Form = 'float' | 'qdq' | 'qlinear';

const MICROSOFT = 'com.microsoft';
/** Operators whose result has the scale of their first operand. */
const keeping: ReadonlySet<string> = new Set(['MaxPool', 'Flatten', 'Transpose', 'Identity']);

interface Parameters {
  readonly scale: string;
  readonly zero: string;
  readonly step: number;
}

const LARGEST_BIAS = 2 ** 28;

/** Names of constants. */
interface Parts {
  readonly integers: string;
  readonly scale: string;
  readonly zero: string;
}

interface Weights extends Parts {
  readonly axis: number;
  readonly scales: Float32Array;
}

/** The graph of a network as it is quantized, with activations of uint8 and weights of int8, as onnxruntime does it. */
class Writer {
  readonly nodes: Message[] = [];
  readonly constants: Record<string, Tensor> = {};
  readonly #network: FloatNetwork;
  readonly #ranges: Ranges;
  readonly #parameters = new Map<string, Parameters>();
  #made = 0;

  constructor(network: FloatNetwork, ranges: Ranges) {
    this.#network = network;
    this.#ranges = ranges;
  }

  #constant(base: string, tensor: Tensor): string {
    this.constants[base] = tensor;
    return base;
  }

  /** Of a map, or of the one whose scale it keeps. */
  parametersOf(name: string): Parameters {
    const known = this.#parameters.get(name);
    if (known) return known;
    const [low, high] = this.#ranges.get(name)!;
    const [least, most] = [Math.min(0, low), Math.max(0, high, low + 1e-6)];
    const step = Math.fround((most - least) / 255);
    const zero = Math.min(255, Math.max(0, Math.round(-least / step)));
    const parameters = {
      scale: this.#constant(`${name}:scale`, new Tensor('float32', [step], [])),
      zero: this.#constant(`${name}:zero`, new Tensor('uint8', [zero], [])),
      step,
    };
    this.#parameters.set(name, parameters);
    return parameters;
  }

  keep(from: string, to: string): void {
    this.#parameters.set(to, this.parametersOf(from));
  }

  /** Integers of `name`, a map of floats. */
  quantize(name: string, as = name): void {
    const { scale, zero } = this.parametersOf(as);
    this.nodes.push(node('QuantizeLinear', [name, scale, zero], [`${as}:q`]));
  }

  /** The floats that the integers of `name` stand for, made anew for each reader, as onnxruntime's quantizer does. */
  real(name: string): string {
    const { scale, zero } = this.parametersOf(name);
    const real = `${name}:real${this.#made++}`;
    this.nodes.push(node('DequantizeLinear', [`${name}:q`, scale, zero], [real]));
    return real;
  }

  /**
   * Integers of weights, with a scale for each output channel: their rows, or their columns. It is so large that the
   * integers of the bias, in steps of it and of the input's, fit in 32 bits.
   */
  weights(name: string, areColumns: boolean, bias: string | undefined, inputStep: number): Weights {
    const { data, dims, size } = this.#network.constants.get(name)!;
    const from = data as Float32Array;
    const channels = dims[areColumns ? 1 : 0]!;
    const channelOf = (i: number) => (areColumns ? i % channels : Math.floor((i * channels) / size));
    const added = bias && (this.#network.constants.get(bias)!.data as Float32Array);
    const scales = Float32Array.from({ length: channels }, (_, m) =>
      Math.max(1e-8, added ? Math.abs(added[m]!) / (inputStep * LARGEST_BIAS) : 0),
    );
    for (let i = 0; i < size; i++) {
      const own = channelOf(i);
      scales[own] = Math.max(scales[own]!, Math.abs(from[i]!) / 127);
    }
    const integers = new Int8Array(size);
    for (let i = 0; i < size; i++)
      integers[i] = Math.max(-127, Math.min(127, Math.round(from[i]! / scales[channelOf(i)]!)));
    return {
      integers: this.#constant(`${name}:q`, new Tensor('int8', integers, dims)),
      scale: this.#constant(`${name}:scale`, new Tensor('float32', scales, [channels])),
      zero: this.#constant(`${name}:zero`, new Tensor('int8', new Int8Array(channels), [channels])),
      axis: areColumns ? 1 : 0,
      scales,
    };
  }

  /** A bias in the scale of the sums. */
  bias(name: string, step: number, scales: Float32Array): Parts {
    const from = this.#network.constants.get(name)!.data as Float32Array;
    const own = scales.map((scale) => Math.fround(step * scale));
    const integers = Int32Array.from(from, (value, m) => Math.round(value / own[m]!));
    const { length } = from;
    return {
      integers: this.#constant(`${name}:q`, new Tensor('int32', integers, [length])),
      scale: this.#constant(`${name}:scale`, new Tensor('float32', own, [length])),
      zero: this.#constant(`${name}:zero`, new Tensor('int32', new Int32Array(length), [length])),
    };
  }

  copy(name: string): string {
    return this.#constant(name, this.#network.constants.get(name)!);
  }
}

function writeQdq(writer: Writer, layer: Layer, result: string): void {
  const { opType, inputs, output, attributes } = layer;
  const [x, w, b] = inputs as [string, string?, string?];
  const dequantized = ({ integers, scale, zero }: Parts, axis: number) => {
    const name = `${integers}:real`;
    writer.nodes.push(node('DequantizeLinear', [integers, scale, zero], [name], { axis }));
    return name;
  };
  let operands: string[];
  if (opType === 'Conv' || opType === 'Gemm') {
    const weights = writer.weights(
      w!,
      opType === 'Gemm' && attributes.transB !== 1,
      b,
      writer.parametersOf(x).step,
    );
    operands = [writer.real(x), dequantized(weights, weights.axis)];
    if (b) operands.push(dequantized(writer.bias(b, writer.parametersOf(x).step, weights.scales), 0));
  } else operands = inputs.map((name) => writer.real(name));
  const isLast = result === output;
  writer.nodes.push(node(opType, operands, [output], attributes, output));
  if (!isLast) writer.nodes.push(node('Relu', [output], [result]));
  writer.quantize(result);
}

function writeQlinear(writer: Writer, layer: Layer, result: string): void {
  const { opType, inputs, output, attributes } = layer;
  const [x, w, b] = inputs as [string, string?, string?];
  const own = writer.parametersOf(result);
  const triple = (name: string) => {
    const { scale, zero } = writer.parametersOf(name);
    return [`${name}:q`, scale, zero];
  };
  const microsoft = (type: string, operands: readonly string[], extra = attributes) =>
    writer.nodes.push({ ...node(type, operands, [`${result}:q`], extra, output), domain: MICROSOFT });
  if (opType === 'Conv') {
    const weights = writer.weights(w!, false, b, writer.parametersOf(x).step);
    const operands = [...triple(x), weights.integers, weights.scale, weights.zero, own.scale, own.zero];
    if (b) operands.push(writer.bias(b, writer.parametersOf(x).step, weights.scales).integers);
    writer.nodes.push(node('QLinearConv', operands, [`${result}:q`], attributes, output));
  } else if (keeping.has(opType)) {
    writer.nodes.push(node(opType, [`${x}:q`], [`${result}:q`], attributes, output));
  } else if (opType === 'Concat') {
    microsoft('QLinearConcat', [own.scale, own.zero, ...inputs.flatMap(triple)]);
  } else if (opType === 'Add') {
    microsoft('QLinearAdd', [...triple(inputs[0]!), ...triple(inputs[1]!), own.scale, own.zero]);
  } else if (opType === 'AveragePool') {
    microsoft('QLinearAveragePool', [...triple(x), own.scale, own.zero]);
  } else if (opType === 'GlobalAveragePool') {
    microsoft('QLinearGlobalAveragePool', [...triple(x), own.scale, own.zero], {});
  } else {
    const operands = [writer.real(x), ...inputs.slice(1).map((name) => writer.copy(name))];
    writer.nodes.push(node(opType, operands, [output], attributes, output));
    if (result !== output) writer.nodes.push(node('Relu', [output], [result]));
    writer.quantize(result);
  }
}

/** Value under which the integers of a map are found in a quantized network. */
export const integersOf = (map: string) => `${map}:q`;

/**
 * The network in one form. Outputs of quantized ones are the integers of the last map that is quantized, and the
 * network's own output.
 */
export function writeModel(
  network: FloatNetwork,
  form: Form,
  ranges: Ranges,
  extra: readonly string[] = [],
): Uint8Array {
  const { layers, input, inputDims, output } = network;
  const inputs = [valueInfo(input, 'float32', inputDims)];
  const info = (name: string, type: 'float32' | 'uint8') => valueInfo(name, type, undefined);
  if (form === 'float') {
    return onnxModel({
      nodes: layers.map((layer) =>
        node(layer.opType, layer.inputs, [layer.output], layer.attributes, layer.output),
      ),
      inputs,
      outputs: [output, ...extra].map((name) => info(name, 'float32')),
      constants: Object.fromEntries(network.constants),
    });
  }
  const writer = new Writer(network, ranges);
  writer.quantize(input);
  const readers = new Map<string, Layer[]>();
  for (const layer of layers)
    for (const name of layer.inputs) readers.set(name, [...(readers.get(name) ?? []), layer]);
  const taken = new Set<Layer>();
  for (const layer of layers) {
    if (taken.has(layer)) continue;
    if (layer.opType === 'Softmax') {
      writer.nodes.push(node('Softmax', [writer.real(layer.inputs[0]!)], [layer.output], layer.attributes));
      continue;
    }
    const next = readers.get(layer.output) ?? [];
    const relu = next.length === 1 && next[0]!.opType === 'Relu' ? next[0]! : undefined;
    if (relu) taken.add(relu);
    const result = relu?.output ?? layer.output;
    if (keeping.has(layer.opType)) writer.keep(layer.inputs[0]!, result);
    if (form === 'qdq') writeQdq(writer, layer, result);
    else writeQlinear(writer, layer, result);
  }
  const last = layers.at(-1)!;
  const map = last.opType === 'Softmax' ? last.inputs[0]! : last.output;
  const own = last.opType === 'Softmax' ? [info(output, 'float32')] : [];
  const outputs = [info(integersOf(map), 'uint8'), ...own, ...extra.map((name) => info(name, 'uint8'))];
  const model = { nodes: writer.nodes, inputs, outputs, constants: writer.constants };
  return onnxModel({ ...model, domains: { [MICROSOFT]: 1 } });
}
