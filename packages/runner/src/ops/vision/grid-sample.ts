import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { type FloatArray, floats } from '../common/types.ts';
import { roundHalfEven } from '../unary.ts';

const paddings = ['zeros', 'border', 'reflection'] as const;

interface Sampling {
  readonly taps: 'nearest' | 'linear' | 'cubic';
  readonly padding: (typeof paddings)[number];
  readonly alignCorners: boolean;
}

/** Operator set 20 renamed the modes. */
function sampling(node: NodeView): Sampling {
  const isNew = node.opset >= 20;
  const [linear, cubic] = isNew ? ['linear', 'cubic'] : ['bilinear', 'bicubic'];
  const mode = node.choice('mode', [linear!, 'nearest', cubic!], linear!);
  return {
    taps: mode === linear ? 'linear' : mode === cubic ? 'cubic' : 'nearest',
    padding: node.choice('padding_mode', paddings, 'zeros'),
    alignCorners: node.flag('align_corners', false),
  };
}

/** Mirrored at both ends until it lies within [low, high]. */
function reflected(x: number, low: number, high: number): number {
  const span = high - low;
  if (span <= 0) return low;
  const away = Math.abs(x - low);
  const rest = away % span;
  return Math.floor(away / span) % 2 === 0 ? low + rest : high - rest;
}

/** Where a coordinate outside of `0..length - 1` is read instead; itself with padding of zeros. */
function padded(x: number, length: number, { padding, alignCorners }: Sampling): number {
  if (padding === 'zeros') return x;
  const inside = Math.min(length - 1, Math.max(0, x));
  if (padding === 'border' || inside === x) return inside;
  const [low, high] = alignCorners ? [0, length - 1] : [-0.5, length - 0.5];
  return Math.min(length - 1, Math.max(0, reflected(x, low, high)));
}

/** Of PyTorch, and so of ONNX's grids. */
const CUBIC_COEFFICIENT = -0.75;

/** The cubic convolution kernel at a distance. */
function cubicWeight(distance: number): number {
  const [a, x] = [CUBIC_COEFFICIENT, Math.abs(distance)];
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** The elements along one axis that a coordinate from -1 to 1 reads. */
function tapsOf(coordinate: number, length: number, how: Sampling): Tap[] {
  const x = how.alignCorners ? ((coordinate + 1) / 2) * (length - 1) : ((coordinate + 1) * length - 1) / 2;
  const isInside = ({ index }: Tap) => index >= 0 && index < length;
  if (how.taps === 'cubic') {
    const first = Math.floor(x) - 1;
    return [0, 1, 2, 3]
      .map((i) => ({ index: padded(first + i, length, how), weight: cubicWeight(x - first - i) }))
      .map(({ index, weight }) => ({ index: Math.round(index), weight }))
      .filter(isInside);
  }
  const at = padded(x, length, how);
  if (how.taps === 'nearest') return [{ index: roundHalfEven(at), weight: 1 }].filter(isInside);
  const low = Math.floor(at);
  const rest = at - low;
  return [
    { index: low, weight: 1 - rest },
    { index: low + 1, weight: rest },
  ].filter(isInside);
}

export const gridSample: Operator = {
  opType: 'GridSample',
  since: 16,
  inputs: [2, 2],
  types: [floats, floats],
  infer(node) {
    const { type } = node.input(0);
    const dims = node.rankAtLeast(0, 3);
    sampling(node);
    const grid = node.input(1).dims;
    if (grid.length !== dims.length || grid[0] !== dims[0] || grid.at(-1) !== dims.length - 2) {
      const expected = `[${dims[0]}, ${new Array(dims.length - 2).fill('?').join(', ')}, ${dims.length - 2}]`;
      throw node.error('dims of input 1', expected, grid, 'ERR_INVALID_SHAPE');
    }
    return [{ type, dims: [...dims.slice(0, 2), ...grid.slice(1, -1)] }];
  },
  evaluate(node, [x, grid], [out]) {
    const how = sampling(node);
    const spatial = x!.dims.slice(2);
    const [images, channels] = x!.dims as [number, number];
    const [plane, points] = [sizeOf(spatial), sizeOf(out!.dims.slice(2))];
    const strides = stridesOf(spatial);
    const [from, places] = [x!.data as FloatArray, grid!.data as FloatArray];
    return filled<FloatArray>(out!, (to) => {
      for (let i = 0; i < images * points; i++) {
        let all: Tap[] = [{ index: 0, weight: 1 }];
        for (const [axis, length] of spatial.entries()) {
          const own = tapsOf(places[(i + 1) * spatial.length - 1 - axis]!, length, how);
          all = all.flatMap(({ index, weight }) =>
            own.map((tap) => ({ index: index + tap.index * strides[axis]!, weight: weight * tap.weight })),
          );
        }
        const image = Math.floor(i / points) * channels;
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (const { index, weight } of all) sum += weight * from[(image + c) * plane + index]!;
          to[(image + c) * points + (i % points)] = sum;
        }
      }
    });
  },
};

/** Places from -1 to 1 of the elements along one axis. */
function places(length: number, alignCorners: boolean): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    if (!alignCorners) return (2 * i + 1) / length - 1;
    return length === 1 ? 0 : (2 * i) / (length - 1) - 1;
  });
}

/** The places of a map's elements, moved by the affine matrix of each image. */
export const affineGrid: Operator = {
  opType: 'AffineGrid',
  since: 20,
  inputs: [2, 2],
  types: [floats, ['int64']],
  shapeInputs: [1],
  infer(node) {
    const { type, dims } = node.input(0);
    const size = node.dimsOperand(1, 'size');
    const rank = size.length - 2;
    if (rank !== 2 && rank !== 3) throw node.error('input 1', '4 or 5 dims', size, 'ERR_INVALID_SHAPE');
    if (dims.join() !== [size[0], rank, rank + 1].join()) {
      const expected = `[${size[0]}, ${rank}, ${rank + 1}]`;
      throw node.error('dims of input 0', expected, dims, 'ERR_INVALID_SHAPE');
    }
    return [{ type, dims: [size[0]!, ...size.slice(2), rank] }];
  },
  evaluate(node, [theta], [out]) {
    const spatial = out!.dims.slice(1, -1);
    const rank = spatial.length;
    const strides = stridesOf(spatial);
    const all = spatial.map((length) => places(length, node.flag('align_corners', false)));
    const points = sizeOf(spatial);
    const matrices = theta!.data as FloatArray;
    return filled<FloatArray>(out!, (to) => {
      for (let i = 0; i < to.length; i++) {
        const [point, row] = [Math.floor(i / rank), i % rank];
        const at = (Math.floor(point / points) * rank + row) * (rank + 1);
        let sum = matrices[at + rank]!;
        for (let k = 0; k < rank; k++) {
          const axis = rank - 1 - k;
          const index = Math.floor((point % points) / strides[axis]!) % spatial[axis]!;
          sum += matrices[at + k]! * all[axis]![index]!;
        }
        to[i] = sum;
      }
    });
  },
};
