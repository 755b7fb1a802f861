import type { NodeView, ValueType } from '@zeroskip/onnx';
import { dilatedExtent, type Pair, sizeOf, Tensor } from '@zeroskip/tensor';
import { eitherDensity, type Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { floats, numbers } from './common/types.ts';
import {
  outputDims,
  spatialAttribute,
  spatialRankOf,
  type Window,
  windowOf,
  windowOutput,
} from './common/window.ts';
import { volumePool } from './volume/pool.ts';

interface Pooling {
  readonly window: Window;
  readonly size: Pair;
}

function pooling(node: NodeView): Pooling {
  const rank = spatialRankOf(node);
  const window = windowOf(node, spatialAttribute(node, 'kernel_shape', rank, 1));
  for (const axis of [0, 1]) {
    const extent = dilatedExtent(window.kernel[axis]!, window.dilations[axis]!);
    for (const side of [axis, axis + 2]) {
      if (window.pads[side]! >= extent) {
        throw node.error('attribute pads', `less than the kernel's extent ${extent}`, window.pads[side]);
      }
    }
  }
  return { window, size: windowOutput(node, window, node.flag('ceil_mode', false)) };
}

/** Calls `visit` for each output element with its window's input indices that lie inside the map. */
function forEachWindow(
  x: Tensor,
  { window, size }: Pooling,
  visit: (out: number, plane: number, taps: Int32Array, row: number, column: number) => void,
): void {
  const { input, kernel, strides, dilations, pads } = window;
  const planes = sizeOf(x.dims.slice(0, 2));
  const found = new Int32Array(kernel[0] * kernel[1]);
  for (let y = 0; y < size[0]; y++) {
    for (let i = 0; i < size[1]; i++) {
      let count = 0;
      for (let ky = 0; ky < kernel[0]; ky++) {
        const iy = y * strides[0] - pads[0] + ky * dilations[0];
        if (iy < 0 || iy >= input[0]) continue;
        for (let kx = 0; kx < kernel[1]; kx++) {
          const ix = i * strides[1] - pads[1] + kx * dilations[1];
          if (ix >= 0 && ix < input[1]) found[count++] = iy * input[1] + ix;
        }
      }
      const taps = found.subarray(0, count);
      for (let plane = 0; plane < planes; plane++) {
        visit((plane * size[0] + y) * size[1] + i, plane * input[0] * input[1], taps, y, i);
      }
    }
  }
}

const maxPool: Operator = {
  opType: 'MaxPool',
  limits: 'One to three spatial axes. Native without the output of indices.',
  types: [numbers],
  inputs: [1, 1],
  density: ([x]) => eitherDensity(x!, x! / 2),
  outputs: [1, 2],
  decompose: volumePool,
  infer(node): ValueType[] {
    const { type, dims } = node.input(0);
    const { window, size } = pooling(node);
    const out = outputDims(dims[0]!, dims[1]!, size, window.spatialRank);
    return [
      { type, dims: out },
      { type: 'int64', dims: out },
    ];
  },
  evaluate(node, [x], [out]) {
    const pool = pooling(node);
    const from = x!.data as Float32Array;
    const to = new (from.constructor as Float32ArrayConstructor)(sizeOf(out!.dims));
    const indices = new BigInt64Array(node.hasOutput(1) ? to.length : 0);
    const columnMajor = node.int('storage_order', 0) === 1;
    const [h, w] = pool.window.input;
    forEachWindow(x!, pool, (at, plane, taps) => {
      let best = Number.NEGATIVE_INFINITY;
      let where = -1;
      for (const tap of taps) {
        const value = from[plane + tap]!;
        if (value > best || where < 0 || Number.isNaN(value)) {
          best = value;
          where = tap;
        }
      }
      to[at] = best;
      if (indices.length > 0) {
        const inPlane = columnMajor ? (where % w) * h + Math.floor(where / w) : where;
        indices[at] = BigInt(plane + inPlane);
      }
    });
    const result: Tensor[] = [new Tensor(out!.type, to as never, out!.dims)];
    if (node.hasOutput(1)) result.push(new Tensor('int64', indices, out!.dims));
    return result;
  },
  lower(node, lowering) {
    if (node.hasOutput(1) || !lowering.isNative(node.input(0))) return false;
    lowering.emitPool(
      'max',
      pooling(node).window,
      false,
      lowering.map(node.input(0)),
      lowering.output(node, 0),
    );
    return true;
  },
};

/** Taps of the window at output `at` that lie inside the map extended by its padding. */
function paddedTaps(window: Window, axis: 0 | 1, at: number): number {
  let count = 0;
  const end = window.input[axis] + window.pads[axis]! + window.pads[axis + 2]!;
  for (let k = 0; k < window.kernel[axis]; k++) {
    if (at * window.strides[axis] + k * window.dilations[axis] < end) count++;
  }
  return count;
}

const averagePool: Operator = {
  opType: 'AveragePool',
  limits: 'One to three spatial axes.',
  types: [floats],
  inputs: [1, 1],
  density: ([x]) => eitherDensity(x!, x!),
  decompose: volumePool,
  infer(node) {
    const { type, dims } = node.input(0);
    const { window, size } = pooling(node);
    return [{ type, dims: outputDims(dims[0]!, dims[1]!, size, window.spatialRank) }];
  },
  evaluate(node, [x], [out]) {
    const pool = pooling(node);
    const withPad = node.flag('count_include_pad', false);
    const from = x!.data as Float32Array;
    return filled(out!, (to) => {
      forEachWindow(x!, pool, (at, plane, taps, y, i) => {
        let sum = 0;
        for (const tap of taps) sum += from[plane + tap]!;
        const count = withPad ? paddedTaps(pool.window, 0, y) * paddedTaps(pool.window, 1, i) : taps.length;
        to[at] = sum / Math.max(1, count);
      });
    });
  },
  lower(node, lowering) {
    if (node.input(0).type !== 'float32') return false;
    const withPad = node.flag('count_include_pad', false);
    lowering.emitPool(
      'average',
      pooling(node).window,
      withPad,
      lowering.map(node.input(0)),
      lowering.output(node, 0),
    );
    return true;
  },
};

const lpPool: Operator = {
  opType: 'LpPool',
  limits: 'One to three spatial axes.',
  types: [floats],
  inputs: [1, 1],
  decompose: volumePool,
  infer: averagePool.infer,
  evaluate(node, [x], [out]) {
    const p = exponent(node);
    const from = x!.data as Float32Array;
    return filled(out!, (to) => {
      forEachWindow(x!, pooling(node), (at, plane, taps) => {
        let sum = 0;
        for (const tap of taps) sum += Math.abs(from[plane + tap]!) ** p;
        to[at] = sum ** (1 / p);
      });
    });
  },
};

/** Reduces each channel of each image to one value. */
function globalPool(
  opType: string,
  reduce: (values: Float32Array, node: NodeView) => number,
  kind?: 'max' | 'mean',
): Operator {
  return {
    opType,
    inputs: [1, 1],
    types: [floats],
    infer(node) {
      const { type } = node.input(0);
      const dims = node.rankAtLeast(0, 3);
      return [{ type, dims: dims.map((dim, axis) => (axis < 2 ? dim : 1)) }];
    },
    evaluate(node, [x], [out]) {
      const from = x!.data as Float32Array;
      return filled(out!, (to) => {
        const size = sizeOf(x!.dims.slice(2));
        for (let i = 0; i < to.length; i++) to[i] = reduce(from.subarray(i * size, (i + 1) * size), node);
      });
    },
    ...(kind && {
      lower(node, lowering) {
        if (node.input(0).type !== 'float32') return false;
        lowering.emitReduction(kind, lowering.map(node.input(0)), lowering.output(node, 0));
        return true;
      },
    }),
  };
}

/** The p of a norm, a float in operator set 1. */
const exponent = (node: NodeView) => (node.opset < 2 ? node.float('p', 2) : node.int('p', 2));

function norm(values: Float32Array, p: number): number {
  return values.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p);
}

export function mean(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

export function maximum(values: Float32Array): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++)
    if (values[i]! > best || Number.isNaN(values[i]!)) best = values[i]!;
  return best;
}

export const poolOperators: Operator[] = [
  maxPool,
  averagePool,
  lpPool,
  globalPool('GlobalAveragePool', mean, 'mean'),
  globalPool('GlobalMaxPool', maximum, 'max'),
  globalPool('GlobalLpPool', (values, node) => norm(values, exponent(node))),
];
