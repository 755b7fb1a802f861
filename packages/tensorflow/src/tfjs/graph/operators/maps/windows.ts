import { float, int, ints, string } from '@zeroskip/onnx';
import type { Attributes } from '../../../emitter.ts';
import { type GraphBuilder, padding, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';
import { partsOf } from '../parts.ts';

/** Of maps with one or three spatial axes: channels second, and back. */
const PERMUTATIONS = {
  1: { first: [0, 2, 1], back: [0, 2, 1] },
  3: { first: [0, 4, 1, 2, 3], back: [0, 2, 3, 4, 1] },
} as const;

type SpatialRank = keyof typeof PERMUTATIONS;

const FORMATS = { 1: ['NWC', 'NCW'], 3: ['NDHWC', 'NCDHW'] } as const;

/** Sizes along the spatial axes, of an attribute that has one for every axis. */
function spatial(node: TfNode, key: string, isLast: boolean): number[] {
  const sizes = node.ints(key);
  if (sizes.length === 0) return [1, 1, 1];
  const own = isLast ? sizes.slice(1, 4) : sizes.slice(2, 5);
  if (sizes.length !== 5 || own.some((size) => size < 1)) {
    throw node.error(`attribute ${key}`, 'five sizes from 1', sizes);
  }
  return own;
}

function samePadding(node: TfNode): Attributes {
  return node.choice('padding', ['SAME', 'VALID']) === 'SAME' ? { auto_pad: string('SAME_UPPER') } : {};
}

/** `write` with the channels of a map second, where it has one or three spatial axes. */
function channelsSecond(
  node: TfNode,
  value: TensorValue,
  rank: SpatialRank,
  builder: GraphBuilder,
  write: (input: string) => string,
): TensorValue {
  if (value.rank !== undefined && value.rank !== rank + 2) {
    throw node.error('rank of the input', String(rank + 2), value.rank, 'ERR_INVALID_SHAPE');
  }
  const isLast = node.choice('data_format', FORMATS[rank]) === FORMATS[rank][0];
  const { name } = builder.modelOrder(value);
  const { first, back } = PERMUTATIONS[rank];
  if (!isLast) return builder.plain(write(name), rank + 2);
  return builder.plain(builder.permuted(write(builder.permuted(name, first)), back), rank + 2);
}

const conv1d: Translate = (node, [input, filters], builder) => {
  const weights = builder.permuted(builder.modelOrder(filters!).name, [2, 1, 0]);
  const attributes = {
    ...samePadding(node),
    strides: ints([node.int('stride', 1)]),
    dilations: ints([node.int('dilation', 1)]),
  };
  return channelsSecond(node, input!, 1, builder, (x) =>
    builder.node(node.name, 'Conv', [x, weights], attributes),
  );
};

const isLast = (node: TfNode) => node.choice('data_format', FORMATS[3]) === 'NDHWC';

const conv3d: Translate = (node, [input, filters], builder) => {
  const weights = builder.permuted(builder.modelOrder(filters!).name, [4, 3, 0, 1, 2]);
  const attributes = {
    ...samePadding(node),
    strides: ints(spatial(node, 'strides', isLast(node))),
    dilations: ints(spatial(node, 'dilations', isLast(node))),
  };
  return channelsSecond(node, input!, 3, builder, (x) =>
    builder.node(node.name, 'Conv', [x, weights], attributes),
  );
};

const pool3d =
  (opType: 'MaxPool' | 'AveragePool'): Translate =>
  (node, [input], builder) => {
    const attributes = {
      ...samePadding(node),
      kernel_shape: ints(spatial(node, 'ksize', isLast(node))),
      strides: ints(spatial(node, 'strides', isLast(node))),
    };
    return channelsSecond(node, input!, 3, builder, (x) => builder.node(node.name, opType, [x], attributes));
  };

/** The largest elements, and where they are among those of an image in the order of the model. */
const maxPoolWithArgmax: Translate = (target, inputs, builder) => {
  const { node, whole, int64s } = partsOf(target.name, builder);
  const input = builder.channelsSecond(inputs[0]!);
  const attributes = {
    ...padding(target),
    kernel_shape: ints(target.rowsAndColumns('ksize')),
    strides: ints(target.rowsAndColumns('strides')),
  };
  const made = builder.emitter.multiple(target.name, 'MaxPool', [input.name], 2, attributes);
  const [values, places] = made as [string, string];
  const dims = node('dims', 'Shape', [input.name]);
  const count = (axis: number) => node('size', 'Gather', [dims, whole('axis', axis)]);
  const plane = node('plane', 'Mul', [count(2), count(3)]);
  const channels = node('channels', 'Range', [whole('zero', 0), count(1), whole('one', 1)]);
  const column = node('column', 'Unsqueeze', [channels, int64s('axes', 1, 2)]);
  const pixel = node('pixel', 'Mod', [places, plane]);
  let place = node('place', 'Add', [node('scaled', 'Mul', [pixel, count(1)]), column]);
  if (target.flag('include_batch_in_index')) {
    const image = node('image', 'Div', [places, node('whole', 'Mul', [plane, count(1)])]);
    const before = node('before', 'Mul', [node('planes', 'Mul', [image, plane]), count(1)]);
    place = node('all', 'Add', [place, before]);
  }
  const indices = builder.cast(`${target.name}/indices`, place, 'int32');
  return [builder.like(input, values), builder.like(input, indices)];
};

const localResponse: Translate = (node, inputs, builder) => {
  const input = builder.channelsSecond(inputs[0]!);
  const size = 2 * node.int('depth_radius', 5) + 1;
  const attributes = {
    size: int(size),
    // ONNX divides it by the size.
    alpha: float(node.float('alpha', 1) * size),
    beta: float(node.float('beta', 0.5)),
    bias: float(node.float('bias', 1)),
  };
  return builder.like(input, builder.node(node.name, 'LRN', [input.name], attributes));
};

/** Most places in a kernel of a dilation: each is a few nodes. */
const MAX_TAPS = 1024;

/** What is added behind and before an axis so that the output has the input's length by the stride. */
function samePads(parts: ReturnType<typeof partsOf>, sizes: string, extents: string, strides: string) {
  const { node, int64s } = parts;
  const one = int64s('one', 1, 1);
  const more = node('more', 'Sub', [strides, one]);
  const outputs = node('outputs', 'Div', [node('raised', 'Add', [sizes, more]), strides]);
  const last = node('last', 'Mul', [node('steps', 'Sub', [outputs, one]), strides]);
  const missing = node('missing', 'Sub', [node('reach', 'Add', [last, extents]), sizes]);
  const total = node('total', 'Max', [missing, int64s('none', 0, 0)]);
  const before = node('before', 'Div', [total, int64s('two', 2, 2)]);
  return [before, node('after', 'Sub', [total, before])] as const;
}

/** The largest sum of an element and its place in the kernel. */
const dilation2d: Translate = (target, inputs, builder) => {
  const parts = partsOf(target.name, builder);
  const { node, int64s } = parts;
  const kernel = inputs[1]!.constant?.dims;
  if (kernel === undefined) throw target.unsupported('the kernel', 'a constant', 'a value of the graph');
  const [kh, kw] = kernel as [number, number];
  if (kernel.length !== 3 || kh * kw > MAX_TAPS || kh * kw === 0) {
    throw target.unsupported('dims of the kernel', `three, of 1 to ${MAX_TAPS} places`, kernel);
  }
  const strides = target.rowsAndColumns('strides');
  const rates = target.rowsAndColumns('rates');
  const map = builder.modelOrder(inputs[0]!).name;
  const extents = [(kh - 1) * rates[0]! + 1, (kw - 1) * rates[1]! + 1];
  let padded = map;
  if (target.choice('padding', ['SAME', 'VALID']) === 'SAME') {
    const sizes = node('sizes', 'Shape', [map], { start: int(1), end: int(3) });
    const [before, after] = samePads(
      parts,
      sizes,
      int64s('extents', ...extents),
      int64s('strides', ...strides),
    );
    const zero = int64s('zero', 0);
    const pads = node('pads', 'Concat', [zero, before, zero, zero, after, zero], { axis: int(0) });
    padded = node('padded', 'Pad', [map, pads, builder.scalar(`${target.name}/least`, 'float32', -Infinity)]);
  }
  const taps: string[] = [];
  for (let at = 0; at < kh * kw; at++) {
    const offsets = [Math.floor(at / kw) * rates[0]!, (at % kw) * rates[1]!];
    const ends = offsets.map((offset, axis) => offset - extents[axis]! + 1 || Number.MAX_SAFE_INTEGER);
    const bounds = [
      int64s('from', ...offsets),
      int64s('to', ...ends),
      int64s('axes', 1, 2),
      int64s('by', ...strides),
    ];
    const met = node('met', 'Slice', [padded, ...bounds]);
    const row_ = node('row', 'Gather', [inputs[1]!.name, builder.scalar('at', 'int64', Math.floor(at / kw))]);
    taps.push(
      node('sum', 'Add', [met, node('tap', 'Gather', [row_, builder.scalar('at', 'int64', at % kw)])]),
    );
  }
  return builder.plain(builder.node(target.name, 'Max', taps), 4);
};

export const windows: Translations = {
  Conv1D: row(2, conv1d),
  Conv3D: row(2, conv3d),
  MaxPool3D: row(1, pool3d('MaxPool')),
  AvgPool3D: row(1, pool3d('AveragePool')),
  MaxPoolWithArgmax: row(1, maxPoolWithArgmax, ['output', 'argmax']),
  LRN: row(1, localResponse),
  Dilation2D: row(2, dilation2d),
};
