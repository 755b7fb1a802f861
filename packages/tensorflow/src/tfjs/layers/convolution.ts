import { int, ints, string } from '@zeroskip/onnx';
import type { Attributes, Emitter, Translate, Translations } from '../emitter.ts';
import type { KerasValue } from '../keras-value.ts';
import type { Layer } from '../layer.ts';
import { activate } from './activation.ts';

/** `auto_pad` of a layer's `padding`; TensorFlow puts the odd row or column behind. */
export function autoPad(layer: Layer): Attributes {
  const padding = layer.choice('padding', ['valid', 'same']);
  return padding === 'same' ? { auto_pad: string('SAME_UPPER') } : {};
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

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

function windowOf(layer: Layer, axes: number): Window {
  const one = Array.from({ length: axes }, () => 1);
  return {
    kernel: layer.sizes('kernel_size', axes),
    strides: layer.sizes('strides', axes, one),
    dilations: layer.sizes('dilation_rate', axes, one),
  };
}

function attributesOf(layer: Layer, { kernel, strides, dilations }: Window): Attributes {
  const isCausal = kernel.length === 1 && layer.raw('padding') === 'causal';
  return {
    // All padding of a causal convolution is before the first step.
    ...(isCausal ? { pads: ints([(kernel[0]! - 1) * dilations[0]!, 0]) } : autoPad(layer)),
    strides: ints(strides),
    dilations: ints(dilations),
  };
}

function biased(layer: Layer, emitter: Emitter, filters: number, operands: readonly string[]): string[] {
  const hasBias = layer.boolean('use_bias', true);
  return hasBias ? [...operands, emitter.weight(layer, 'bias', [filters]).name] : [...operands];
}

function convolution(axes: number): Translate {
  return (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, axes, emitter);
    const window = windowOf(layer, axes);
    const filters = layer.count('filters');
    const { name: kernel } = emitter.weight(layer, 'kernel', [...window.kernel, undefined, filters]);
    const spatial = Array.from({ length: axes }, (_, axis) => axis);
    const weights = emitter.transpose(kernel, [axes + 1, axes, ...spatial]);
    const operands = biased(layer, emitter, filters, [input.name, weights]);
    const attributes = { ...attributesOf(layer, window), group: int(layer.count('groups', 1)) };
    const name = emitter.node(layer.name, 'Conv', operands, attributes);
    return activate(layer, emitter, { ...input, name });
  };
}

interface DepthwiseFilters {
  /** `C·multiplier × 1 × kH × kW`. */
  readonly weights: string;
  readonly filters: number;
  readonly attributes: Attributes;
}

/** Weights `kH × kW × C × multiplier` as those of a convolution with a group per channel. */
function depthwise(layer: Layer, emitter: Emitter): DepthwiseFilters {
  const window = windowOf(layer, 2);
  // TensorFlow.js leaves the multiplier of separable convolutions out of the file.
  const declared = layer.raw('depth_multiplier') === undefined ? undefined : layer.count('depth_multiplier');
  const kernel = emitter.weight(layer, 'depthwise_kernel', [...window.kernel, undefined, declared]);
  const [channels, multiplier] = kernel.dims.slice(2) as [number, number];
  const filters = channels * multiplier;
  const shape = emitter.int64s(`${layer.name}/filters/shape`, [filters, 1, ...window.kernel]);
  const turned = emitter.transpose(kernel.name, [2, 3, 0, 1]);
  return {
    weights: emitter.node(`${layer.name}/filters`, 'Reshape', [turned, shape]),
    filters,
    attributes: { ...attributesOf(layer, window), group: int(channels) },
  };
}

/** Along one axis, how far `same` padding moves the output of a transposed convolution. */
function transposedPads(layer: Layer, { kernel, strides, dilations }: Window): Attributes {
  const isSame = layer.choice('padding', ['valid', 'same']) === 'same';
  const extents = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
  const total = extents.map((extent, axis) => (isSame ? Math.max(0, extent - strides[axis]!) : 0));
  const begins = total.map((pad) => Math.floor(pad / 2));
  return {
    pads: ints([...begins, ...total.map((pad, axis) => pad - begins[axis]!)]),
    // Outputs that no tap reaches: TensorFlow has them where the kernel is smaller than the strides.
    output_padding: ints(extents.map((extent, axis) => Math.max(0, strides[axis]! - extent))),
  };
}

export const convolutions: Translations = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  DepthwiseConv2D: (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, 2, emitter);
    const { weights, filters, attributes } = depthwise(layer, emitter);
    const operands = biased(layer, emitter, filters, [input.name, weights]);
    const name = emitter.node(layer.name, 'Conv', operands, attributes);
    return activate(layer, emitter, { ...input, name });
  },
  SeparableConv2D: (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, 2, emitter);
    const inner = depthwise(layer, emitter);
    const outChannels = layer.count('filters');
    const kernel = emitter.weight(layer, 'pointwise_kernel', [1, 1, inner.filters, outChannels]);
    const operands = biased(layer, emitter, outChannels, [
      emitter.node(`${layer.name}/depthwise`, 'Conv', [input.name, inner.weights], inner.attributes),
      emitter.transpose(kernel.name, [3, 2, 0, 1]),
    ]);
    return activate(layer, emitter, { ...input, name: emitter.node(layer.name, 'Conv', operands) });
  },
  Conv2DTranspose: (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, 2, emitter);
    if (layer.raw('output_padding') !== undefined) {
      throw layer.unsupported('output_padding', 'none', layer.raw('output_padding'));
    }
    const window = windowOf(layer, 2);
    const filters = layer.count('filters');
    const kernel = emitter.weight(layer, 'kernel', [...window.kernel, filters, undefined]);
    const weights = emitter.transpose(kernel.name, [3, 2, 0, 1]);
    const name = emitter.node(
      layer.name,
      'ConvTranspose',
      biased(layer, emitter, filters, [input.name, weights]),
      {
        ...transposedPads(layer, window),
        strides: ints(window.strides),
        dilations: ints(window.dilations),
      },
    );
    return activate(layer, emitter, { ...input, name });
  },
};
