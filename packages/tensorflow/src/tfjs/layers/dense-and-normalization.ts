import { float, int } from '@zeroskip/onnx';
import type { Emitter, Translations } from '../emitter.ts';
import type { KerasValue } from '../keras-value.ts';
import { ANY_RANK, type Layer } from '../layer.ts';
import { activate } from './activation.ts';

/** The axis of the channels, which must be where the value has them. */
function onChannels(layer: Layer, input: KerasValue, emitter: Emitter): KerasValue {
  const { rank } = input;
  const raw = layer.raw('axis');
  const axis = Array.isArray(raw) && raw.length === 1 ? raw[0] : (raw ?? -1);
  if (axis === -1 || axis === rank - 1) return rank < 3 ? input : emitter.channelsSecond(input);
  if (axis === 1) return emitter.modelOrder(input);
  throw layer.unsupported('axis', 'the last axis or axis 1', raw);
}

export const others: Translations = {
  Dense: (layer, inputs, emitter) => {
    const input = emitter.modelOrder(layer.only(inputs, ANY_RANK));
    const units = layer.count('units');
    const { name: kernel } = emitter.weight(layer, 'kernel', [undefined, units]);
    const bias = layer.boolean('use_bias', true) ? [emitter.weight(layer, 'bias', [units]).name] : [];
    let name: string;
    if (input.rank === 2) {
      name = emitter.node(layer.name, 'Gemm', [input.name, kernel, ...bias]);
    } else {
      name = emitter.node(layer.name, 'MatMul', [input.name, kernel]);
      if (bias.length > 0) name = emitter.node(`${layer.name}/bias`, 'Add', [name, ...bias]);
    }
    return activate(layer, emitter, { ...input, name });
  },
  BatchNormalization: (layer, inputs, emitter) => {
    const input = onChannels(layer, layer.only(inputs, [2, 3, 4]), emitter);
    const mean = emitter.weight(layer, 'moving_mean', [undefined]);
    const channels = mean.dims[0]!;
    const parameter = (kind: string, used: boolean, absent: number) =>
      used
        ? emitter.weight(layer, kind, [channels]).name
        : emitter.filled(`${layer.name}/${kind}`, channels, absent);
    const operands = [
      input.name,
      parameter('gamma', layer.boolean('scale', true), 1),
      parameter('beta', layer.boolean('center', true), 0),
      mean.name,
      emitter.weight(layer, 'moving_variance', [channels]).name,
    ];
    const attributes = { epsilon: float(layer.number('epsilon', 1e-3)) };
    return { ...input, name: emitter.node(layer.name, 'BatchNormalization', operands, attributes) };
  },
  LayerNormalization: (layer, inputs, emitter) => {
    const input = emitter.modelOrder(layer.only(inputs, ANY_RANK));
    const raw = layer.raw('axis');
    const axis = Array.isArray(raw) && raw.length === 1 ? raw[0] : (raw ?? -1);
    if (axis !== -1 && axis !== input.rank - 1) throw layer.unsupported('axis', 'the last axis', raw);
    if (!layer.boolean('scale', true)) throw layer.unsupported('scale', 'true', false);
    const gamma = emitter.weight(layer, 'gamma', [undefined]);
    const operands = [input.name, gamma.name];
    if (layer.boolean('center', true)) operands.push(emitter.weight(layer, 'beta', gamma.dims).name);
    const attributes = { axis: int(-1), epsilon: float(layer.number('epsilon', 1e-3)) };
    return { ...input, name: emitter.node(layer.name, 'LayerNormalization', operands, attributes) };
  },
  Rescaling: (layer, inputs, emitter) => {
    const input = layer.only(inputs, ANY_RANK);
    const scale = emitter.floats(`${layer.name}/scale`, [layer.number('scale')], []);
    const scaled = emitter.node(layer.name, 'Mul', [input.name, scale]);
    const offset = emitter.floats(`${layer.name}/offset`, [layer.number('offset', 0)], []);
    return { ...input, name: emitter.node(`${layer.name}/shift`, 'Add', [scaled, offset]) };
  },
};
