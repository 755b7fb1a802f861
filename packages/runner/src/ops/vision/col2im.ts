import { type NodeView, sameDims, stridesOf, string } from '@zeroskip/onnx';
import { dilatedExtent, sizeOf, Tensor } from '@zeroskip/tensor';
import { composite } from '../common/composite.ts';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { anyType, type FloatArray, floats, indexTypes } from '../common/types.ts';
import { spatialAttribute } from '../common/window.ts';

interface Blocks {
  readonly image: readonly number[];
  readonly block: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  /** Blocks along each axis. */
  readonly counts: readonly number[];
  readonly channels: number;
}

function blocks(node: NodeView): Blocks {
  const [image, block] = [node.dimsOperand(1, 'image_shape'), node.dimsOperand(2, 'block_shape')];
  const rank = image.length;
  if (block.length !== rank || rank === 0)
    throw node.error('input 2', `${rank} integers, as the image's shape`, block, 'ERR_INVALID_SHAPE');
  const strides = spatialAttribute(node, 'strides', rank, 1, 1);
  const dilations = spatialAttribute(node, 'dilations', rank, 1, 1);
  const pads = spatialAttribute(node, 'pads', 2 * rank, 0, 0);
  const counts = image.map((length, i) => {
    const padded = length + pads[i]! + pads[i + rank]!;
    return Math.floor((padded - dilatedExtent(block[i]!, dilations[i]!)) / strides[i]!) + 1;
  });
  const { dims } = node.input(0);
  const channels = dims[1]! / sizeOf(block);
  const isWhole = Number.isInteger(channels) && counts.every((count) => count > 0);
  if (dims.length !== 3 || !isWhole || dims[2] !== sizeOf(counts)) {
    const expected = `[images, channels × ${sizeOf(block)}, ${counts.join(' × ')} blocks]`;
    throw node.error('dims of input 0', expected, dims, 'ERR_INVALID_SHAPE');
  }
  return { image, block, strides, dilations, pads, counts, channels };
}

/** Adds up blocks at the places in an image that they come from. */
export const col2Im: Operator = {
  opType: 'Col2Im',
  since: 18,
  inputs: [3, 3],
  types: [floats, ['int64']],
  shapeInputs: [1, 2],
  infer(node) {
    const { type, dims } = node.input(0);
    const { image, channels } = blocks(node);
    return [{ type, dims: [dims[0]!, channels, ...image] }];
  },
  evaluate(node, [x], [out]) {
    const { image, block, strides, dilations, pads, counts } = blocks(node);
    const from = x!.data as FloatArray;
    const [plane, taps, columns] = [sizeOf(image), sizeOf(block), sizeOf(counts)];
    const [along, tapStrides, columnStrides] = [image, block, counts].map(stridesOf);
    return filled<FloatArray>(out!, (to) => {
      for (let tap = 0; tap < taps; tap++) {
        for (let column = 0; column < columns; column++) {
          let at = 0;
          const isInside = image.every((length, axis) => {
            const k = Math.floor(tap / tapStrides![axis]!) % block[axis]!;
            const i = Math.floor(column / columnStrides![axis]!) % counts[axis]!;
            const place = i * strides[axis]! + k * dilations[axis]! - pads[axis]!;
            at += place * along![axis]!;
            return place >= 0 && place < length;
          });
          if (!isInside) continue;
          for (let c = 0; c < to.length / plane; c++)
            to[c * plane + at]! += from[(c * taps + tap) * columns + column]!;
        }
      }
    });
  },
};

/** A Slice and a Pad around the centre. */
export const centerCropPad = composite(
  {
    opType: 'CenterCropPad',
    since: 18,
    inputs: [2, 2],
    types: [anyType, indexTypes],
    shapeInputs: [1],
  },
  (node, parts, output) => {
    const { name: x, dims } = node.input(0);
    const axes = node.normalizeAxes(
      node.ints('axes') ?? dims.map((_, i) => i),
      dims.length,
      'attribute axes',
    );
    const target = node.dimsOperand(1, 'shape');
    if (target.length !== axes.length)
      throw node.error('input 1', `${axes.length} dims`, target, 'ERR_INVALID_SHAPE');
    const vector = (values: readonly number[]) => parts.constant(new Tensor('int64', values.map(BigInt)));
    const surplus = axes.map((axis, i) => dims[axis]! - target[i]!);
    const starts = surplus.map((more) => Math.max(0, Math.floor(more / 2)));
    const ends = starts.map((start, i) => start + Math.min(dims[axes[i]!]!, target[i]!));
    const cropped = parts.add('Slice', [x, vector(starts), vector(ends), vector(axes)]);
    const befores = surplus.map((more) => Math.max(0, Math.floor(-more / 2)));
    const afters = surplus.map((more, i) => Math.max(0, -more) - befores[i]!);
    const attributes = new Map([['mode', string('constant')]]);
    parts.add('Pad', [cropped, vector([...befores, ...afters]), '', vector(axes)], { attributes, output });
  },
);

/** Values at the places that MaxPool's indices name, in a map of zeros. */
export const maxUnpool: Operator = {
  opType: 'MaxUnpool',
  since: 9,
  inputs: [2, 3],
  types: [floats, ['int64'], ['int64']],
  shapeInputs: [2],
  infer(node) {
    const { type, dims } = node.input(0);
    if (!sameDims(dims, node.input(1).dims))
      throw node.error('dims of input 1', `[${dims.join(', ')}]`, node.input(1).dims, 'ERR_INVALID_SHAPE');
    const own = unpooled(node);
    const wanted = node.hasInput(2) ? node.dimsOperand(2, 'output_shape') : own;
    if (wanted.length !== own.length || wanted.some((dim, i) => dim < own[i]!))
      throw node.error('input 2', `at least [${own.join(', ')}]`, wanted, 'ERR_INVALID_SHAPE');
    return [{ type, dims: wanted }];
  },
  evaluate(node, [x, indices], [out]) {
    const own = unpooled(node);
    const [strides, target] = [stridesOf(own), stridesOf(out!.dims)];
    const size = sizeOf(own);
    return filled<FloatArray>(out!, (to) => {
      for (let i = 0; i < x!.size; i++) {
        const index = Number(indices!.data[i]);
        if (index < 0 || index >= size) throw node.error('indices', `from 0 to ${size - 1}`, index);
        const at = own.reduce(
          (sum, dim, axis) => sum + (Math.floor(index / strides[axis]!) % dim) * target[axis]!,
          0,
        );
        to[at] = (x!.data as FloatArray)[i]!;
      }
    });
  },
};

/** Dims of the map that the pooling with these attributes took. */
function unpooled(node: NodeView): number[] {
  const dims = node.rankAtLeast(0, 3);
  const rank = dims.length - 2;
  const kernel = spatialAttribute(node, 'kernel_shape', rank, 1);
  const strides = spatialAttribute(node, 'strides', rank, 1, 1);
  const pads = spatialAttribute(node, 'pads', 2 * rank, 0, 0);
  return dims.map((dim, axis) => {
    const i = axis - 2;
    return i < 0 ? dim : Math.max(0, (dim - 1) * strides[i]! + kernel[i]! - pads[i]! - pads[i + rank]!);
  });
}
