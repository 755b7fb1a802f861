import { ints } from '@zeroskip/onnx';
import type { Translate, Translations } from '../emitter.ts';
import type { KerasValue } from '../keras-value.ts';
import type { Layer } from '../layer.ts';
import { autoPad, mapInput } from './convolution.ts';

function pooling(opType: 'MaxPool' | 'AveragePool', axes: number): Translate {
  return (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, axes, emitter);
    const window = layer.sizes('pool_size', axes);
    const attributes = {
      ...autoPad(layer),
      kernel_shape: ints(window),
      strides: ints(layer.sizes('strides', axes, window)),
    };
    return { ...input, name: emitter.node(layer.name, opType, [input.name], attributes) };
  };
}

function globalPooling(opType: 'GlobalMaxPool' | 'GlobalAveragePool', axes: number): Translate {
  return (layer: Layer, inputs, emitter): KerasValue => {
    const input = mapInput(layer, inputs, axes, emitter);
    const name = emitter.node(layer.name, opType, [input.name]);
    if (layer.boolean('keepdims', false)) return { ...input, name };
    return { name: emitter.node(`${layer.name}/flat`, 'Flatten', [name]), rank: 2, order: 'model' };
  };
}

export const poolings: Translations = {
  MaxPooling1D: pooling('MaxPool', 1),
  MaxPooling2D: pooling('MaxPool', 2),
  AveragePooling1D: pooling('AveragePool', 1),
  AveragePooling2D: pooling('AveragePool', 2),
  GlobalMaxPooling1D: globalPooling('GlobalMaxPool', 1),
  GlobalMaxPooling2D: globalPooling('GlobalMaxPool', 2),
  GlobalAveragePooling1D: globalPooling('GlobalAveragePool', 1),
  GlobalAveragePooling2D: globalPooling('GlobalAveragePool', 2),
};
