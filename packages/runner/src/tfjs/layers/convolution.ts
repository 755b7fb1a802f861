import { type Attributes, type Emitter, int, ints, type KerasValue, string } from '../emitter.ts';
import type { Layer, Translate, Translations } from '../layer.ts';
import { activate } from './activation.ts';

/** `auto_pad` of a layer's `padding`; TensorFlow puts the odd row or column behind. */
export function autoPad(layer: Layer): Attributes {
  const padding = layer.choice('padding', ['valid', 'same', 'causal']);
  if (padding === 'causal') throw layer.unsupported('padding', 'valid or same', padding);
  return { auto_pad: string(padding === 'same' ? 'SAME_UPPER' : 'VALID') };
}

/** The input as a map whose second axis is the channels. */
export function mapInput(
  layer: Layer,
  inputs: readonly KerasValue[],
  axes: number,
  emitter: Emitter,
): KerasValue {
  const input = layer.only(inputs, [axes + 2]);
  return layer.channelsLast ? emitter.channelsSecond(input) : emitter.modelOrder(input);
}

function weights(
  layer: Layer,
  emitter: Emitter,
  kind: string,
  kernel: readonly number[],
): { name: string; dims: readonly number[] } {
  const weight = emitter.weight(layer.name, kind, kernel.length + 2);
  if (kernel.some((size, axis) => size !== weight.dims[axis])) {
    throw layer.error('kernel_size', `that of the weights, ${weight.dims.slice(0, kernel.length)}`, kernel);
  }
  return weight;
}

function biased(layer: Layer, emitter: Emitter, operands: string[]): string[] {
  if (layer.boolean('use_bias', true)) operands.push(emitter.weight(layer.name, 'bias', 1).name);
  return operands;
}

function strided(layer: Layer, axes: number): Attributes {
  const one = Array.from({ length: axes }, () => 1);
  return {
    ...autoPad(layer),
    strides: ints(layer.sizes('strides', axes, one)),
    dilations: ints(layer.sizes('dilation_rate', axes, one)),
  };
}

const spatial = (axes: number) => Array.from({ length: axes }, (_, axis) => axis);

function convolution(axes: number): Translate {
  return (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, axes, emitter);
    const kernel = weights(layer, emitter, 'kernel', layer.sizes('kernel_size', axes));
    const perm = [axes + 1, axes, ...spatial(axes)];
    const operands = biased(layer, emitter, [input.name, emitter.transpose(kernel.name, perm)]);
    const attributes = { ...strided(layer, axes), group: int(layer.integer('groups', 1)) };
    const name = emitter.node(layer.name, 'Conv', operands, attributes);
    return activate(layer, emitter, { ...input, name });
  };
}

/** Weights `kH × kW × C × multiplier` become `C·multiplier × 1 × kH × kW`. */
function depthwise(
  layer: Layer,
  emitter: Emitter,
  input: string,
  bias: (operands: string[]) => string[],
  name: string,
): string {
  const kernel = weights(layer, emitter, 'depthwise_kernel', layer.sizes('kernel_size', 2));
  const [height, width, channels, multiplier] = kernel.dims as [number, number, number, number];
  const filters = emitter.node(`${layer.name}/filters`, 'Reshape', [
    emitter.transpose(kernel.name, [2, 3, 0, 1]),
    emitter.int64s(`${layer.name}/filters/shape`, [channels * multiplier, 1, height, width]),
  ]);
  const attributes = { ...strided(layer, 2), group: int(channels) };
  return emitter.node(name, 'Conv', bias([input, filters]), attributes);
}

export const convolutions: Translations = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  DepthwiseConv2D: (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, 2, emitter);
    const bias = (operands: string[]) => biased(layer, emitter, operands);
    const name = depthwise(layer, emitter, input.name, bias, layer.name);
    return activate(layer, emitter, { ...input, name });
  },
  SeparableConv2D: (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, 2, emitter);
    const inner = depthwise(layer, emitter, input.name, (operands) => operands, `${layer.name}/depthwise`);
    const kernel = weights(layer, emitter, 'pointwise_kernel', [1, 1]);
    const operands = biased(layer, emitter, [inner, emitter.transpose(kernel.name, [3, 2, 0, 1])]);
    return activate(layer, emitter, { ...input, name: emitter.node(layer.name, 'Conv', operands) });
  },
  Conv2DTranspose: (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, 2, emitter);
    if (layer.raw('output_padding') !== undefined) {
      throw layer.unsupported('output_padding', 'none', layer.raw('output_padding'));
    }
    const size = layer.sizes('kernel_size', 2);
    const strides = layer.sizes('strides', 2, [1, 1]);
    // Smaller kernels leave outputs that nothing reaches; TensorFlow has them, ONNX has not.
    if (size.some((extent, axis) => extent < strides[axis]!)) {
      throw layer.unsupported('kernel_size', `at least the strides, ${strides}`, size);
    }
    const kernel = weights(layer, emitter, 'kernel', size);
    const operands = biased(layer, emitter, [input.name, emitter.transpose(kernel.name, [3, 2, 0, 1])]);
    const name = emitter.node(layer.name, 'ConvTranspose', operands, strided(layer, 2));
    return activate(layer, emitter, { ...input, name });
  },
};
