import { float, int, string } from '@zeroskip/onnx';
import type { Attributes, Emitter, Translations } from '../emitter.ts';
import { axisIn, type KerasValue } from '../keras-value.ts';
import { ANY_RANK, Layer } from '../layer.ts';
import type { LayerEntry } from '../schema.ts';

const SIMPLE: Readonly<Record<string, readonly [opType: string, attributes?: Attributes]>> = {
  relu: ['Relu'],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  elu: ['Elu'],
  selu: ['Selu'],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
  exponential: ['Exp'],
  mish: ['Mish'],
  gelu: ['Gelu'],
  gelu_new: ['Gelu', { approximate: string('tanh') }],
  hard_sigmoid: ['HardSigmoid', { alpha: float(0.2), beta: float(0.5) }],
};

function unary(
  emitter: Emitter,
  name: string,
  input: KerasValue,
  opType: string,
  attributes?: Attributes,
  constants: readonly string[] = [],
): KerasValue {
  return { ...input, name: emitter.node(name, opType, [input.name, ...constants], attributes) };
}

function clip(emitter: Emitter, name: string, input: KerasValue, min: number, max: number): KerasValue {
  const limits = [emitter.floats(`${name}/min`, [min], []), emitter.floats(`${name}/max`, [max], [])];
  return unary(emitter, name, input, 'Clip', {}, limits);
}

function softmax(
  emitter: Emitter,
  name: string,
  input: KerasValue,
  axis: number,
  opType = 'Softmax',
): KerasValue {
  return unary(emitter, name, input, opType, { axis: int(axisIn(input, axis)) });
}

/** Applies an activation that the configuration describes as a layer. */
function described(
  layer: Layer,
  emitter: Emitter,
  input: KerasValue,
  name: string,
  { class_name: className, config }: Partial<LayerEntry>,
): KerasValue {
  const known = Object.keys(activations).filter((key) => key !== 'Activation');
  if (className === undefined || !known.includes(className)) {
    throw layer.unsupported('class of the activation', `one of ${known.join(', ')}`, className);
  }
  const entry = { class_name: className, name, config: config ?? {}, inbound_nodes: [] };
  return activations[className]!(new Layer(entry), [input], emitter);
}

/** Applies the activation that the configuration names, or describes as a layer. */
export function activate(
  layer: Layer,
  emitter: Emitter,
  input: KerasValue,
  name = `${layer.name}/activation`,
): KerasValue {
  const raw = layer.raw('activation');
  if (typeof raw === 'object') return described(layer, emitter, input, name, raw as Partial<LayerEntry>);
  const activation = layer.string('activation', 'linear');
  if (activation === 'linear') return input;
  if (activation === 'relu6') return clip(emitter, name, input, 0, 6);
  if (activation === 'softmax') return softmax(emitter, name, input, input.rank - 1);
  if (activation === 'log_softmax') return softmax(emitter, name, input, input.rank - 1, 'LogSoftmax');
  if (activation === 'swish' || activation === 'silu') {
    const gate = unary(emitter, `${name}/gate`, input, 'Sigmoid');
    return unary(emitter, name, input, 'Mul', {}, [gate.name]);
  }
  const simple = Object.hasOwn(SIMPLE, activation) ? SIMPLE[activation] : undefined;
  if (simple === undefined) {
    const known = ['linear', 'relu6', 'softmax', 'log_softmax', 'swish', 'silu', ...Object.keys(SIMPLE)];
    throw layer.unsupported('activation', `one of ${known.join(', ')}`, activation);
  }
  return unary(emitter, name, input, ...simple);
}

function relu(layer: Layer, input: KerasValue, emitter: Emitter): KerasValue {
  const { name } = layer;
  const max = layer.raw('max_value') === undefined ? undefined : layer.number('max_value');
  const slope = layer.number('negative_slope', 0);
  if (layer.number('threshold', 0) !== 0) {
    throw layer.unsupported('threshold', '0', layer.number('threshold', 0));
  }
  if (slope === 0) {
    return max === undefined ? unary(emitter, name, input, 'Relu') : clip(emitter, name, input, 0, max);
  }
  const leaky = unary(emitter, name, input, 'LeakyRelu', { alpha: float(slope) });
  return max === undefined
    ? leaky
    : unary(emitter, `${name}/max`, leaky, 'Min', {}, [emitter.floats(`${name}/max_value`, [max], [])]);
}

export const activations: Translations = {
  Activation: (layer, inputs, emitter) => activate(layer, emitter, layer.only(inputs, ANY_RANK), layer.name),
  ReLU: (layer, inputs, emitter) => relu(layer, layer.only(inputs, ANY_RANK), emitter),
  LeakyReLU: (layer, inputs, emitter) => {
    const alpha = layer.number(layer.raw('negative_slope') === undefined ? 'alpha' : 'negative_slope', 0.3);
    return unary(emitter, layer.name, layer.only(inputs, ANY_RANK), 'LeakyRelu', { alpha: float(alpha) });
  },
  ELU: (layer, inputs, emitter) => {
    const attributes = { alpha: float(layer.number('alpha', 1)) };
    return unary(emitter, layer.name, layer.only(inputs, ANY_RANK), 'Elu', attributes);
  },
  ThresholdedReLU: (layer, inputs, emitter) => {
    const attributes = { alpha: float(layer.number('theta', 1)) };
    return unary(emitter, layer.name, layer.only(inputs, ANY_RANK), 'ThresholdedRelu', attributes);
  },
  PReLU: (layer, inputs, emitter) => {
    const input = emitter.modelOrder(layer.only(inputs, ANY_RANK));
    const anything = Array.from({ length: input.rank - 1 }, () => undefined);
    const { name } = emitter.weight(layer, 'alpha', anything);
    return unary(emitter, layer.name, input, 'PRelu', {}, [name]);
  },
  Softmax: (layer, inputs, emitter) => {
    const input = layer.only(inputs, ANY_RANK);
    return softmax(emitter, layer.name, input, layer.axis('axis', input.rank, -1));
  },
};
