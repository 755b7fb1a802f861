import { Tensor } from '@zeroskip/tensor';

/** Attributes as the ONNX writer takes them. */
export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

export interface Layer {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Attributes;
}

/** A network of float32 with one input and one output, before it is quantized. */
export interface FloatNetwork {
  readonly layers: readonly Layer[];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly input: string;
  readonly inputDims: readonly number[];
  readonly output: string;
}

const floats = (constants: ReadonlyMap<string, Tensor>, name: string) =>
  constants.get(name)!.data as Float32Array;

/**
 * The network without batch normalizations, which go into the convolutions before them, and without an Identity at its
 * end.
 */
export function foldNormalizations(network: FloatNetwork): FloatNetwork {
  const constants = new Map(network.constants);
  const layers: Layer[] = [];
  for (const layer of network.layers) {
    const before = layers.at(-1);
    if (
      layer.opType !== 'BatchNormalization' ||
      before?.opType !== 'Conv' ||
      before.output !== layer.inputs[0]
    ) {
      layers.push(layer);
      continue;
    }
    const [gamma, beta, mean, variance] = layer.inputs.slice(1).map((name) => floats(constants, name));
    const { epsilon } = layer.attributes;
    const least = typeof epsilon === 'object' && 'float' in epsilon ? epsilon.float : 1e-5;
    const [x, w, b] = before.inputs as [string, string, string?];
    const weights = constants.get(w)!;
    const scale = gamma!.map((value, m) => value / Math.sqrt(variance![m]! + least));
    const perChannel = weights.size / scale.length;
    const scaled = (weights.data as Float32Array).map(
      (value, i) => value * scale[Math.floor(i / perChannel)]!,
    );
    const bias = scale.map(
      (value, m) => beta![m]! + value * ((b ? floats(constants, b)[m]! : 0) - mean![m]!),
    );
    const [name, biasName] = [`${w}:folded`, `${w}:bias`];
    constants.set(name, new Tensor('float32', scaled, weights.dims));
    constants.set(biasName, new Tensor('float32', bias, [bias.length]));
    layers[layers.length - 1] = { ...before, inputs: [x, name, biasName], output: layer.output };
  }
  const last = layers.at(-1)!;
  if (last.opType !== 'Identity') return { ...network, layers, constants };
  return { ...network, layers: layers.slice(0, -1), constants, output: last.inputs[0]! };
}
