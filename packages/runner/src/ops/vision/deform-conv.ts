import type { NodeView } from '@zeroskip/onnx';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { type FloatArray, floats, requireVectors } from '../common/types.ts';
import { type Window, windowOf, windowOutput } from '../common/window.ts';

interface Deformed {
  readonly window: Window;
  readonly dims: readonly [number, number, number, number];
  readonly group: number;
  readonly offsetGroup: number;
}

function deformed(node: NodeView): Deformed {
  const [x, weights] = [node.input(0).dims, node.input(1).dims];
  for (const [i, { length }] of [x, weights].entries())
    if (length !== 4) throw node.unsupported(`rank of input ${i}`, '4 (two spatial axes)', length);
  const [n, channels] = x as [number, number];
  const [filters, perGroup, ...kernel] = weights as [number, number, ...number[]];
  const [group, offsetGroup] = [node.int('group', 1), node.int('offset_group', 1)];
  for (const [name, value, of] of [
    ['group', group, [channels, filters]],
    ['offset_group', offsetGroup, [channels]],
  ] as const)
    if (value < 1 || of.some((count) => count % value !== 0))
      throw node.error(`attribute ${name}`, `a divisor of ${of.join(' and ')}`, value);
  if (perGroup !== channels / group || kernel.some((extent) => extent < 1)) {
    const expected = `[${filters}, ${channels / group}, at least 1, at least 1]`;
    throw node.error('dims of the weights', expected, weights, 'ERR_INVALID_SHAPE');
  }
  const window = windowOf(node, kernel);
  const [height, width] = windowOutput(node, window);
  const taps = offsetGroup * kernel[0]! * kernel[1]!;
  const expected = [undefined, undefined, [n, 2 * taps, height, width], undefined, [n, taps, height, width]];
  for (const [index, dims] of expected.entries()) {
    const given = node.inputs[index]?.dims;
    if (dims && given && given.join() !== dims.join())
      throw node.error(`dims of input ${index}`, `[${dims.join(', ')}]`, given, 'ERR_INVALID_SHAPE');
  }
  if (node.hasInput(3)) requireVectors(node, [3], filters);
  return { window, dims: [n, filters, height, width], group, offsetGroup };
}

/** Of a map whose surroundings are zeros, between its elements. */
function bilinear(map: FloatArray, plane: number, h: number, w: number, y: number, x: number): number {
  if (!(y > -1 && y < h && x > -1 && x < w)) return 0;
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const at = (row: number, column: number) =>
    row >= 0 && row < h && column >= 0 && column < w ? map[plane + row * w + column]! : 0;
  const [down, right] = [y - top, x - left];
  const upper = at(top, left) * (1 - right) + at(top, left + 1) * right;
  const lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right;
  return upper * (1 - down) + lower * down;
}

/** A convolution whose taps are moved by offsets, and weighted by a mask, that are given for each output. */
export const deformConv: Operator = {
  opType: 'DeformConv',
  limits: 'Two spatial axes.',
  since: 19,
  inputs: [3, 5],
  types: [floats, 0],
  infer: (node) => [{ type: node.input(0).type, dims: deformed(node).dims }],
  evaluate(node, inputs, [out]) {
    const { window, dims, group, offsetGroup } = deformed(node);
    const [n, filters, height, width] = dims;
    const [x, weights, offsets, bias, mask] = inputs.map((input) => input?.data as FloatArray | undefined);
    const channels = inputs[0]!.dims[1]!;
    const [h, w] = window.input;
    const [kh, kw] = window.kernel;
    const [taps, area] = [kh * kw, height * width];
    const columns = new Float64Array(channels * taps);
    return filled<FloatArray>(out!, (to) => {
      for (let at = 0; at < n * area; at++) {
        const [image, place] = [Math.floor(at / area), at % area];
        const [row, column] = [Math.floor(place / width), place % width];
        for (let i = 0; i < channels * taps; i++) {
          const [c, tap] = [Math.floor(i / taps), i % taps];
          const owner = Math.floor(c / (channels / offsetGroup));
          const moved = (image * offsetGroup + owner) * taps + tap;
          const shift = (part: number) => offsets![(2 * moved + part) * area + place]!;
          const ky = Math.floor(tap / kw) * window.dilations[0] - window.pads[0];
          const kx = (tap % kw) * window.dilations[1] - window.pads[1];
          const y = row * window.strides[0] + ky + shift(0);
          const factor = mask ? mask[moved * area + place]! : 1;
          const value = bilinear(
            x!,
            (image * channels + c) * h * w,
            h,
            w,
            y,
            column * window.strides[1] + kx + shift(1),
          );
          columns[i] = factor * value;
        }
        const perGroup = (channels / group) * taps;
        for (let m = 0; m < filters; m++) {
          const first = Math.floor(m / (filters / group)) * perGroup;
          let sum = bias?.[m] ?? 0;
          for (let k = 0; k < perGroup; k++) sum += weights![m * perGroup + k]! * columns[first + k]!;
          to[(image * filters + m) * area + place] = sum;
        }
      }
    });
  },
};
