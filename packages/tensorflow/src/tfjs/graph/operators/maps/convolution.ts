import { float, int, ints } from '@zeroskip/onnx';
import type { Attributes } from '../../../emitter.ts';
import { type GraphBuilder, padding, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';
import { prelu, unary } from '../elementwise.ts';

/** Dims of the filters, which must be weights where they decide how a convolution is written. */
export function filterDims(node: TfNode, filters: TensorValue): [number, number, number, number] {
  const dims = filters.constant?.dims;
  if (dims === undefined) throw node.unsupported('filters', 'a constant', 'a value of the graph');
  if (dims.length !== 4) throw node.error('rank of the filters', '4', dims.length, 'ERR_INVALID_SHAPE');
  return dims as [number, number, number, number];
}

function windowOf(node: TfNode, { blocks }: TensorValue): Attributes {
  const dilations = node.rowsAndColumns('dilations');
  if (
    blocks &&
    (node.choice('padding', ['VALID']) !== 'VALID' || node.rowsAndColumns('strides').some((s) => s > 1))
  ) {
    throw node.unsupported('strides of a convolution of blocks', '1', node.rowsAndColumns('strides'));
  }
  return {
    ...padding(node),
    strides: ints(node.rowsAndColumns('strides')),
    dilations: ints(blocks ? dilations.map((dilation, axis) => dilation * blocks[axis]!) : dilations),
  };
}

/** What a convolution makes of `input`, which may be cut into blocks. */
export function result(input: TensorValue, name: string): TensorValue {
  const { rank, order, blocks } = input;
  return { name, rank, order, ...(blocks && { blocks }) };
}

const ordinary = (
  node: TfNode,
  inputs: readonly TensorValue[],
  builder: GraphBuilder,
  bias: readonly string[],
) => {
  const input = { ...inputs[0]!, ...builder.map(node, inputs[0]!) };
  const weights = builder.permuted(builder.modelOrder(inputs[1]!).name, [3, 2, 0, 1]);
  const name = builder.node(node.name, 'Conv', [input.name, weights, ...bias], windowOf(node, input));
  return result(input, name);
};

const depthwise = (
  node: TfNode,
  inputs: readonly TensorValue[],
  builder: GraphBuilder,
  bias: readonly string[],
) => {
  const input = { ...inputs[0]!, ...builder.map(node, inputs[0]!) };
  const [h, w, channels, multiplier] = filterDims(node, inputs[1]!);
  const turned = builder.permuted(inputs[1]!.name, [2, 3, 0, 1]);
  const weights = builder.reshape(`${node.name}/filters`, turned, [channels * multiplier, 1, h, w]);
  const attributes = { ...windowOf(node, input), group: int(channels) };
  return result(input, builder.node(node.name, 'Conv', [input.name, weights, ...bias], attributes));
};

/** Fused activations, which come last. */
export function fusedActivation(
  node: TfNode,
  kind: string,
  value: TensorValue,
  slope: TensorValue | undefined,
  builder: GraphBuilder,
): TensorValue {
  const name = `${node.name}/activation`;
  if (kind === 'Prelu' && slope !== undefined) return prelu(name, value, slope, builder);
  if (kind === 'LeakyRelu') {
    const alpha = float(node.float('leakyrelu_alpha', 0.2));
    return builder.like(value, builder.node(name, 'LeakyRelu', [value.name], { alpha }));
  }
  const written = unary(kind, name, value, builder);
  if (written === undefined) throw node.unsupported('attribute fused_ops', 'activations known here', kind);
  return written;
}

function fused(convolve: typeof ordinary): Translate {
  return (node, inputs, builder) => {
    const [first, ...others] = node.strings('fused_ops');
    if (first === undefined) return convolve(node, inputs, builder, []);
    const bias = first === 'BiasAdd' ? inputs[2] : undefined;
    const kinds = bias ? others : [first, ...others];
    const value = convolve(node, inputs, builder, bias ? [builder.modelOrder(bias).name] : []);
    const { blocks } = value;
    const slope = inputs[bias ? 3 : 2];
    const activated = kinds.reduce((done, kind) => fusedActivation(node, kind, done, slope, builder), value);
    return { ...activated, ...(blocks && { blocks }) };
  };
}

const alone =
  (convolve: typeof ordinary): Translate =>
  (node, inputs, builder) =>
    convolve(node, inputs, builder, []);

const pooling =
  (opType: 'MaxPool' | 'AveragePool'): Translate =>
  (node, inputs, builder) => {
    const input = builder.map(node, inputs[0]!);
    const attributes = {
      ...padding(node),
      kernel_shape: ints(node.rowsAndColumns('ksize')),
      strides: ints(node.rowsAndColumns('strides')),
    };
    return builder.like(input, builder.node(node.name, opType, [input.name], attributes));
  };

const batchNormalization: Translate = (node, inputs, builder) => {
  const input = builder.map(node, inputs[0]!);
  const operands = [input, ...inputs.slice(1, 5)].map(({ name }) => name);
  const attributes = { epsilon: float(node.float('epsilon', 1e-4)) };
  return builder.like(input, builder.node(node.name, 'BatchNormalization', operands, attributes));
};

export const convolutions: Translations = {
  Conv2D: row(2, alone(ordinary)),
  _FusedConv2D: row(2, fused(ordinary)),
  DepthwiseConv2d: row(2, alone(depthwise)),
  DepthwiseConv2dNative: row(2, alone(depthwise)),
  FusedDepthwiseConv2dNative: row(2, fused(depthwise)),
  MaxPool: row(1, pooling('MaxPool')),
  AvgPool: row(1, pooling('AveragePool')),
  FusedBatchNorm: row(5, batchNormalization),
  FusedBatchNormV2: row(5, batchNormalization),
  FusedBatchNormV3: row(5, batchNormalization),
};
