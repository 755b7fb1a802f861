import type { NodeView } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { type FloatArray, floats, requireVectors } from '../common/types.ts';

/** Samples along one axis of a bin, where the size of a region decides how many there are. */
const MAX_SAMPLES = 4096;

function requireRegions(node: NodeView, width: number): number {
  if (node.input(0).dims.length !== 4)
    throw node.error('rank of input 0', '4', node.input(0).dims.length, 'ERR_INVALID_SHAPE');
  const { dims } = node.input(1);
  if (dims.length !== 2 || dims[1] !== width)
    throw node.error('dims of input 1', `[regions, ${width}]`, dims, 'ERR_INVALID_SHAPE');
  return dims[0]!;
}

function imageOf(node: NodeView, index: number, images: number): number {
  if (Number.isInteger(index) && index >= 0 && index < images) return index;
  throw node.error('the image of a region', `an integer from 0 to ${images - 1}`, index);
}

interface Tap {
  readonly low: number;
  readonly high: number;
  readonly rest: number;
}

/** The two elements along one axis between which a place lies; undefined for one outside. */
function between(at: number, length: number): Tap | undefined {
  if (!(at >= -1 && at <= length)) return undefined;
  const inside = Math.min(length - 1, Math.max(0, at));
  const low = Math.floor(inside);
  return { low, high: Math.min(length - 1, low + 1), rest: inside - low };
}

interface Bins {
  readonly start: number;
  readonly size: number;
  /** Samples of each bin along this axis. */
  readonly samples: number;
}

function roiBins(node: NodeView, from: number, to: number, count: number): Bins {
  const scale = node.float('spatial_scale', 1);
  const modes = ['half_pixel', 'output_half_pixel'] as const;
  const absent = modes[node.opset < 16 ? 1 : 0];
  const halves = node.choice('coordinate_transformation_mode', modes, absent) === 'half_pixel';
  const offset = halves ? 0.5 : 0;
  const extent = halves ? (to - from) * scale : Math.max(1, (to - from) * scale);
  const samples = node.int('sampling_ratio', 0) || Math.max(0, Math.ceil(extent / count));
  if (!(samples <= MAX_SAMPLES))
    throw node.error(
      'samples of a bin along an axis',
      `at most ${MAX_SAMPLES}`,
      samples,
      'ERR_LIMIT_EXCEEDED',
    );
  return { start: from * scale - offset, size: extent / count, samples };
}

export const roiAlign: Operator = {
  opType: 'RoiAlign',
  since: 10,
  inputs: [3, 3],
  types: [floats, 0, ['int64']],
  infer(node) {
    const { type, dims } = node.input(0);
    const regions = requireRegions(node, 4);
    requireVectors(node, [2], regions);
    node.choice('mode', ['avg', 'max'], 'avg');
    const size = [node.int('output_height', 1), node.int('output_width', 1)];
    if (size.some((length) => length < 1))
      throw node.error('output_height and output_width', 'at least 1', size);
    if (node.int('sampling_ratio', 0) < 0)
      throw node.error('attribute sampling_ratio', 'at least 0', node.int('sampling_ratio'));
    return [{ type, dims: [regions, dims[1]!, ...size] }];
  },
  evaluate(node, [x, rois, images], [out]) {
    const [regions, channels, height, width] = out!.dims as [number, number, number, number];
    const [h, w] = x!.dims.slice(2) as [number, number];
    const isMax = node.choice('mode', ['avg', 'max'], 'avg') === 'max';
    const [from, corners] = [x!.data as FloatArray, rois!.data as FloatArray];
    return filled<FloatArray>(out!, (to) => {
      for (let region = 0; region < regions; region++) {
        const image = imageOf(node, Number(images!.data[region]), x!.dims[0]!);
        const [x1, y1, x2, y2] = corners.subarray(4 * region, 4 * region + 4) as unknown as number[];
        const rows = roiBins(node, y1!, y2!, height);
        const columns = roiBins(node, x1!, x2!, width);
        const taps = ({ start, size, samples }: Bins, bin: number, length: number) =>
          Array.from({ length: samples }, (_, i) =>
            between(start + (bin + (i + 0.5) / samples) * size, length),
          );
        for (let bin = 0; bin < height * width; bin++) {
          const across = taps(columns, bin % width, w);
          const down = taps(rows, Math.floor(bin / width), h);
          for (let c = 0; c < channels; c++) {
            const plane = (image * channels + c) * h * w;
            let joined = isMax ? Number.NEGATIVE_INFINITY : 0;
            for (const row of down) {
              for (const column of across) {
                const value = row && column ? interpolated(from, plane, w, row, column, isMax) : 0;
                joined = isMax ? Math.max(joined, value) : joined + value;
              }
            }
            const count = down.length * across.length;
            to[(region * channels + c) * height * width + bin] =
              count === 0 ? 0 : isMax ? joined : joined / count;
          }
        }
      }
    });
  },
};

/** The weighted sum of four elements; with `largest` the largest weighted one, which is what the operator means. */
function interpolated(
  from: FloatArray,
  plane: number,
  width: number,
  row: Tap,
  column: Tap,
  largest: boolean,
): number {
  const at = (y: number, x: number, weight: number) => weight * from[plane + y * width + x]!;
  const a = at(row.low, column.low, (1 - row.rest) * (1 - column.rest));
  const b = at(row.low, column.high, (1 - row.rest) * column.rest);
  const c = at(row.high, column.low, row.rest * (1 - column.rest));
  const d = at(row.high, column.high, row.rest * column.rest);
  return largest ? Math.max(a, b, c, d) : a + b + c + d;
}

export const maxRoiPool: Operator = {
  opType: 'MaxRoiPool',
  inputs: [2, 2],
  types: [floats, 0],
  infer(node) {
    const { type, dims } = node.input(0);
    const regions = requireRegions(node, 5);
    const size = node.ints('pooled_shape');
    if (size?.length !== 2 || size.some((length) => length < 1))
      throw node.error('attribute pooled_shape', '2 integers of at least 1', size ?? 'none');
    return [{ type, dims: [regions, dims[1]!, ...size] }];
  },
  evaluate(node, [x, rois], [out]) {
    const [, channels, height, width] = out!.dims as [number, number, number, number];
    const [h, w] = x!.dims.slice(2) as [number, number];
    const scale = node.float('spatial_scale', 1);
    const [from, corners] = [x!.data as FloatArray, rois!.data as FloatArray];
    /** The rows or columns of a bin. */
    const span = (first: number, last: number, count: number, bin: number, length: number) => {
      const [start, end] = [Math.round(first * scale), Math.round(last * scale)];
      const size = Math.max(end - start + 1, 1) / count;
      const clamp = (at: number) => Math.min(length, Math.max(0, at + start));
      return [clamp(Math.floor(bin * size)), clamp(Math.ceil((bin + 1) * size))] as const;
    };
    return filled<FloatArray>(out!, (to) => {
      for (let i = 0; i < sizeOf(out!.dims); i++) {
        const region = Math.floor(i / (channels * height * width));
        const c = Math.floor(i / (height * width)) % channels;
        const [image, x1, y1, x2, y2] = corners.subarray(5 * region, 5 * region + 5) as unknown as number[];
        const plane = (imageOf(node, image!, x!.dims[0]!) * channels + c) * h * w;
        const [top, bottom] = span(y1!, y2!, height, Math.floor(i / width) % height, h);
        const [left, right] = span(x1!, x2!, width, i % width, w);
        let best = top < bottom && left < right ? Number.NEGATIVE_INFINITY : 0;
        for (let y = top; y < bottom; y++)
          for (let k = left; k < right; k++) best = Math.max(best, from[plane + y * w + k]!);
        to[i] = best;
      }
    });
  },
};
