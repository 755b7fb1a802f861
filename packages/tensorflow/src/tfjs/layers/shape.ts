import { int, ints, string } from '@zeroskip/onnx';
import type { Emitter, Translate, Translations } from '../emitter.ts';
import type { KerasValue } from '../keras-value.ts';
import { ANY_RANK, type Layer } from '../layer.ts';
import { mapInput } from './convolution.ts';

type Borders = readonly (readonly [before: number, after: number])[];

/** `padding` or `cropping`: per axis before and after, or one number for both, or one for everything. */
function borders(layer: Layer, key: string, axes: number): Borders {
  const value = layer.raw(key);
  const pair = (item: unknown) => (Array.isArray(item) ? item : [item, item]);
  const list = axes === 1 ? [value] : typeof value === 'number' ? [value, value] : value;
  const pairs = Array.isArray(list) ? list.map(pair) : [];
  const ok =
    pairs.length === axes &&
    pairs.every((item) => item.length === 2 && item.every((x) => Number.isSafeInteger(x) && x >= 0));
  if (!ok) throw layer.error(key, `counts before and after each of ${axes} axes`, value);
  return pairs as unknown as Borders;
}

function zeroPadding(axes: number): Translate {
  return (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, axes, emitter);
    const sides = borders(layer, 'padding', axes);
    const before = sides.map(([count]) => count);
    const after = sides.map(([, count]) => count);
    const pads = emitter.int64s(`${layer.name}/pads`, [0, 0, ...before, 0, 0, ...after]);
    return { ...input, name: emitter.node(layer.name, 'Pad', [input.name, pads]) };
  };
}

function cropping(axes: number): Translate {
  return (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, axes, emitter);
    const sides = borders(layer, 'cropping', axes);
    const operand = (key: string, values: number[]) => emitter.int64s(`${layer.name}/${key}`, values);
    const operands = [
      input.name,
      operand(
        'starts',
        sides.map(([before]) => before),
      ),
      operand(
        'ends',
        sides.map(([, after]) => (after === 0 ? Number.MAX_SAFE_INTEGER : -after)),
      ),
      operand(
        'axes',
        sides.map((_, axis) => axis + 2),
      ),
    ];
    return { ...input, name: emitter.node(layer.name, 'Slice', operands) };
  };
}

function upSampling(axes: number): Translate {
  return (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, axes, emitter);
    const scales = emitter.floats(`${layer.name}/scales`, [1, 1, ...layer.sizes('size', axes)]);
    const isNearest = layer.choice('interpolation', ['nearest', 'bilinear']) === 'nearest';
    const attributes = {
      mode: string(isNearest ? 'nearest' : 'linear'),
      // As TensorFlow.js does; Keras has 'half_pixel' for bilinear.
      coordinate_transformation_mode: string('asymmetric'),
      nearest_mode: string('floor'),
    };
    return { ...input, name: emitter.node(layer.name, 'Resize', [input.name, '', scales], attributes) };
  };
}

function reshaped(layer: Layer, input: KerasValue, dims: readonly number[], emitter: Emitter): KerasValue {
  // 0 keeps the batch.
  const shape = emitter.int64s(`${layer.name}/shape`, [0, ...dims]);
  const name = emitter.node(layer.name, 'Reshape', [emitter.modelOrder(input).name, shape]);
  return { name, rank: dims.length + 1, order: 'model' };
}

export const shapes: Translations = {
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  DepthToSpace: (layer, inputs, emitter) => {
    const input = mapInput(layer, inputs, 2, emitter);
    const attributes = { blocksize: int(layer.count('block_size')) };
    return { ...input, name: emitter.node(layer.name, 'DepthToSpace', [input.name], attributes) };
  },
  Flatten: (layer, inputs, emitter) => {
    const input = emitter.modelOrder(layer.only(inputs, ANY_RANK));
    const { rank } = input;
    // Keras flattens as if channels were last, wherever they are.
    const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 2);
    const from =
      layer.channelsLast || rank < 3 ? input.name : emitter.transpose(input.name, [0, ...spatial, 1]);
    return { name: emitter.node(layer.name, 'Flatten', [from]), rank: 2, order: 'model' };
  },
  Reshape: (layer, inputs, emitter) => {
    const given = layer.raw('target_shape');
    // TensorFlow.js writes null for the size that it finds itself, Keras -1.
    const dims: unknown[] = Array.isArray(given) ? given.map((dim) => dim ?? -1) : [];
    const isShape = dims.every((dim) => Number.isSafeInteger(dim) && (dim === -1 || (dim as number) > 0));
    if (!Array.isArray(given) || !isShape) {
      throw layer.error('target_shape', 'positive dims, and -1 or null for an open one', given);
    }
    return reshaped(layer, layer.only(inputs, ANY_RANK), dims as number[], emitter);
  },
  Permute: (layer, inputs, emitter) => {
    const input = emitter.modelOrder(layer.only(inputs, ANY_RANK));
    const dims = layer.integers('dims');
    if (dims.length !== input.rank - 1) throw layer.error('dims', `${input.rank - 1} axes`, dims);
    const name = emitter.node(layer.name, 'Transpose', [input.name], { perm: ints([0, ...dims]) });
    return { name, rank: input.rank, order: 'model' };
  },
};
