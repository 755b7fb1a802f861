import { int, ints, string } from '@zeroskip/onnx';
import type { Attributes } from '../../tfjs/emitter.ts';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { TensorValue } from '../../tfjs/graph/value.ts';
import type { LiteNode } from '../node.ts';
import { conv2D, conv3D, depthwiseConv2D, transposeConv } from '../options.ts';
import { activated, row, type Translate, type Translations } from '../translation.ts';

/** Padding by its number in the schema. */
const SAME = 0;
const VALID = 1;

export function padding(node: LiteNode, kind: number): Attributes {
  if (kind === SAME) return { auto_pad: string('SAME_UPPER') };
  if (kind === VALID) return {};
  throw node.error('the padding', 'SAME (0) or VALID (1)', kind);
}

interface Window {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly dilationW: number;
  readonly dilationH: number;
}

/** How a window moves; over a map that is cut into blocks it moves over the whole map, dilated. */
function windowOf(node: LiteNode, window: Window, { blocks }: TensorValue): Attributes {
  const strides = [window.strideH, window.strideW];
  const dilations = [window.dilationH, window.dilationW];
  if (blocks && (window.padding !== VALID || strides.some((stride) => stride > 1))) {
    throw node.unsupported('strides of a convolution of blocks', '1, without padding', strides);
  }
  return {
    ...padding(node, window.padding),
    strides: ints(strides),
    dilations: ints(blocks ? dilations.map((dilation, axis) => dilation * blocks[axis]!) : dilations),
  };
}

const operands = (input: TensorValue, weights: string, bias: string) => [
  input.name,
  weights,
  ...(bias === '' ? [] : [bias]),
];

/** What a convolution of `input` gives, which may be cut into blocks. */
function result(input: TensorValue, name: string): TensorValue {
  const { blocks } = input;
  return { name, rank: 4, order: 'channelsSecond', ...(blocks && { blocks }) };
}

const ordinary: Translate = (node, builder) => {
  const options = node.options(conv2D);
  const input = node.map(0);
  const channels = node.dims(0, 4)[3]!;
  const [, , , perGroup] = node.dims(1, 4) as [number, number, number, number];
  const group = perGroup > 0 && channels % perGroup === 0 ? channels / perGroup : 1;
  const attributes = { ...windowOf(node, options, input), ...(group > 1 && { group: int(group) }) };
  const inputs = operands(input, node.weights(1, [0, 3, 1, 2]), node.bias(2));
  const convolved = result(input, builder.node(node.name, 'Conv', inputs, attributes));
  return activated(node, convolved, options.activation, builder);
};

const depthwise: Translate = (node, builder) => {
  const options = node.options(depthwiseConv2D);
  const input = node.map(0);
  const attributes = { ...windowOf(node, options, input), group: int(node.dims(0, 4)[3]!) };
  const inputs = operands(input, node.weights(1, [3, 0, 1, 2]), node.bias(2));
  const convolved = result(input, builder.node(node.name, 'Conv', inputs, attributes));
  return activated(node, convolved, options.activation, builder);
};

/** What the padding leaves of the largest result, or adds behind it, by axis. */
function fit(padded: readonly number[]): Attributes {
  const cut = padded.map((pad) => Math.max(pad, 0));
  const begins = cut.map((pad) => Math.floor(pad / 2));
  return {
    pads: ints([...begins, ...cut.map((pad, axis) => pad - begins[axis]!)]),
    output_padding: ints(padded.map((pad) => Math.max(-pad, 0))),
  };
}

/**
 * A transposed convolution.
 * @param at places of the weights, the map and the bias among the inputs
 * @param sizes rows and columns of the result
 */
function transposedConvolution(
  node: LiteNode,
  at: { readonly weights: number; readonly map: number; readonly bias: number },
  strides: readonly number[],
  sizes: readonly number[],
  builder: GraphBuilder,
): TensorValue {
  const input = node.map(at.map);
  const [, rows, columns] = node.dims(at.map, 4) as [number, number, number];
  const [, kh, kw] = node.dims(at.weights, 4) as [number, number, number];
  const largest = [
    (rows - 1) * strides[0]! + kh, //
    (columns - 1) * strides[1]! + kw,
  ];
  const attributes = {
    ...fit(largest.map((size, axis) => size - sizes[axis]!)),
    strides: ints(strides),
  };
  const inputs = operands(input, node.weights(at.weights, [3, 0, 1, 2]), node.bias(at.bias));
  return result(input, builder.node(node.name, 'ConvTranspose', inputs, attributes));
}

const transposed: Translate = (node, builder) => {
  const { padding: kind, strideH, strideW, activation } = node.options(transposeConv);
  padding(node, kind);
  const sizes = node.raw(0);
  const isKnown = sizes.constant !== undefined;
  const dims = isKnown
    ? builder.integers(node.tensorFlow({}), sizes, 'the output shape')
    : node.output(0).dims;
  if (dims.length !== 4) throw node.error('the output shape', 'four sizes', dims, 'ERR_INVALID_SHAPE');
  const places = { weights: 1, map: 2, bias: 3 };
  const value = transposedConvolution(node, places, [strideH, strideW], dims.slice(1, 3), builder);
  return activated(node, value, activation, builder);
};

/** Options of MediaPipe's operator are the C structure TfLiteTransposeConvParams: padding, columns, rows. */
const C_SAME = 1;
const C_VALID = 2;

const transposedWithBias: Translate = (node, builder) => {
  const bytes = node.customOptions;
  if (bytes.length < 12) throw node.error('bytes of the options', 'at least 12', bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [kind, strideW, strideH] = [0, 4, 8].map((at) => view.getInt32(at, true)) as [number, number, number];
  if (kind !== C_SAME && kind !== C_VALID) throw node.error('the padding', 'SAME (1) or VALID (2)', kind);
  const strides = [strideH, strideW];
  const [, rows, columns] = node.dims(0, 4) as [number, number, number];
  const [, kh, kw] = node.dims(1, 4) as [number, number, number];
  const sizes = [rows, columns].map((size, axis) =>
    kind === C_SAME ? size * strides[axis]! : (size - 1) * strides[axis]! + [kh, kw][axis]!,
  );
  return transposedConvolution(node, { weights: 1, map: 0, bias: 2 }, strides, sizes, builder);
};

/** Three spatial axes, before the channels. */
const volume: Translate = (node, builder) => {
  const options = node.options(conv3D);
  node.dims(0, 5);
  const { name } = node;
  const first = builder.permuted(builder.modelOrder(node.input(0)).name, [0, 4, 1, 2, 3]);
  const attributes = {
    ...padding(node, options.padding),
    strides: ints([options.strideD, options.strideH, options.strideW]),
    dilations: ints([options.dilationD, options.dilationH, options.dilationW]),
  };
  const inputs = operands({ ...node.input(0), name: first }, node.weights(1, [4, 3, 0, 1, 2]), node.bias(2));
  const convolved = builder.node(name, 'Conv', inputs, attributes);
  const value = builder.plain(builder.permuted(convolved, [0, 2, 3, 4, 1]), 5);
  return activated(node, value, options.activation, builder);
};

export const convolutions: Translations = {
  CONV_2D: row(2, ordinary),
  DEPTHWISE_CONV_2D: row(2, depthwise),
  TRANSPOSE_CONV: row(3, transposed),
  Convolution2DTransposeBias: row(2, transposedWithBias),
  CONV_3D: row(2, volume),
};
