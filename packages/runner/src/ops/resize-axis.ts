import type { NodeView } from '@zeroskip/onnx';

const coordinateModes = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_crop_and_resize',
  'tf_half_pixel_for_nn',
] as const;
const nearestModes = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;

/** Scales are of 32 bits, and so is arithmetic with them: `13 · (25 / 13)` is 25, which is less than 25 in double. */
const f = Math.fround;

/** Far above the extent of any map, and small beside it. */
export const MAX_TABLE = 2 ** 24;

type CoordinateMode = (typeof coordinateModes)[number];
/** `simple` is what operator sets before 11 had for a mode: towards the end where a map shrinks, else to the start. */
type NearestMode = (typeof nearestModes)[number] | 'simple';
type Interpolation = 'nearest' | 'linear' | 'cubic';

export interface ResizeOptions {
  readonly mode: Interpolation;
  readonly coordinates: CoordinateMode;
  readonly nearest: NearestMode;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly extrapolation: number;
  readonly antialias: boolean;
}

/** What one axis becomes. */
export interface AxisResize {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** Start and end of the region of interest, as fractions of the axis. */
  readonly roi: readonly [number, number];
}

/** Output element i is the sum of `weights[i · taps + t] · input[indices[i · taps + t]]`. */
export interface AxisTable {
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
  /** Output elements that fall outside the input and take the extrapolation value. */
  readonly outside: Uint8Array | undefined;
}

const isUpsample = (node: NodeView) => node.node.opType === 'Upsample';

export function options(node: NodeView): ResizeOptions {
  const modes: readonly Interpolation[] =
    node.opset < 11 ? ['nearest', 'linear'] : ['nearest', 'linear', 'cubic'];
  const old = node.opset < 11;
  return {
    mode: node.opset < 7 ? oldMode(node) : node.choice('mode', modes, 'nearest'),
    coordinates: old
      ? 'asymmetric'
      : node.choice('coordinate_transformation_mode', coordinateModes, 'half_pixel'),
    nearest: old ? 'simple' : node.choice('nearest_mode', nearestModes, 'round_prefer_floor'),
    cubicA: node.float('cubic_coeff_a', -0.75),
    excludeOutside: node.flag('exclude_outside', false),
    extrapolation: node.float('extrapolation_value', 0),
    antialias: node.flag('antialias', false),
  };
}

/** Upsample-1 calls linear interpolation of heights and widths bilinear. */
function oldMode(node: NodeView): Interpolation {
  return node.choice('mode', ['nearest', 'bilinear'], 'nearest') === 'nearest' ? 'nearest' : 'linear';
}

function scalesOf(node: NodeView): number[] | undefined {
  if (node.opset < 7) {
    const outer = node
      .input(0)
      .dims.slice(2)
      .map(() => 1);
    return [...outer, node.float('height_scale'), node.float('width_scale')];
  }
  if (node.opset < 9) return node.floats('scales');
  const scales = node.operand(node.opset < 11 ? 1 : 2);
  return scales?.length ? scales : undefined;
}

export function axisResizes(node: NodeView): AxisResize[] {
  const { dims } = node.input(0);
  const givenAxes = node.opset >= 18 ? node.ints('axes') : undefined;
  const axes = givenAxes
    ? node.normalizeAxes(givenAxes, dims.length, 'attribute axes')
    : dims.map((_, axis) => axis);
  const scales = scalesOf(node);
  const sizes = node.opset < 11 ? undefined : node.operand(3);
  const useSizes = sizes !== undefined && sizes.length > 0;
  const list = useSizes ? sizes : scales;
  if (!list || (useSizes && scales))
    throw node.error('scales and sizes', 'one of the two', list ? 'both' : 'neither');
  if (list.length !== axes.length)
    throw node.error(useSizes ? 'sizes' : 'scales', `${axes.length} values`, list);
  const roi = node.opset < 11 ? undefined : node.operand(1);
  const crop = options(node).coordinates === 'tf_crop_and_resize';
  if (crop && roi?.length !== 2 * axes.length)
    throw node.error('roi', `${2 * axes.length} values`, roi ?? 'none');
  const result = dims.map((dim): AxisResize => ({ input: dim, output: dim, scale: 1, roi: [0, 1] }));
  const ratios = axes.map((axis, i) => list[i]! / dims[axis]!);
  const policy = node.choice('keep_aspect_ratio_policy', ['stretch', 'not_larger', 'not_smaller'], 'stretch');
  const common = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  for (const [i, axis] of axes.entries()) {
    const input = dims[axis]!;
    const value = list[i]!;
    let scale = value;
    let output: number;
    if (useSizes) {
      scale = f(policy === 'stretch' ? ratios[i]! : common);
      output = policy === 'stretch' ? value : Math.floor(common * input + 0.5);
    } else {
      if (!(value > 0) || !Number.isFinite(value)) throw node.error('scales', 'finite values above 0', list);
      if (isUpsample(node) && value < 1) throw node.error('scales', 'values of at least 1', list);
      output = Math.floor(f(input * value));
    }
    if (!Number.isSafeInteger(output) || output < 0 || (output > 0 && input === 0)) {
      throw node.error('the output size', 'a non-negative integer', output, 'ERR_INVALID_SHAPE');
    }
    result[axis] = { input, output, scale, roi: crop ? [roi![i]!, roi![i + axes.length]!] : [0, 1] };
  }
  return result;
}

/** Where output element `x` lies on the input's axis. */
export function coordinate(
  mode: CoordinateMode,
  x: number,
  { input, output, scale, roi }: AxisResize,
): number {
  const resized = f(scale * input);
  const centre = f(f(x + 0.5) / scale);
  switch (mode) {
    case 'half_pixel':
      return f(centre - 0.5);
    case 'half_pixel_symmetric':
      return (input / 2) * (1 - output / resized) + f(centre - 0.5);
    case 'pytorch_half_pixel':
      return output > 1 ? f(centre - 0.5) : 0;
    case 'align_corners':
      return resized === 1 ? 0 : f(f(x * (input - 1)) / f(resized - 1));
    case 'asymmetric':
      return f(x / scale);
    case 'tf_half_pixel_for_nn':
      return centre;
    case 'tf_crop_and_resize':
      return output > 1
        ? roi[0] * (input - 1) + (x * (roi[1] - roi[0]) * (input - 1)) / (output - 1)
        : 0.5 * (roi[0] + roi[1]) * (input - 1);
  }
}

/**
 * How near to a half a coordinate counts as one: its error in 32 bits would decide otherwise. As onnxruntime has it.
 */
const HALF_TOLERANCE = 1e-6;

function nearestIndex(mode: NearestMode, x: number, shrinks: boolean): number {
  switch (mode) {
    case 'round_prefer_floor':
      return Math.ceil(x - 0.5 - HALF_TOLERANCE);
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5 + HALF_TOLERANCE);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    case 'simple':
      return shrinks ? Math.ceil(x) : Math.floor(x);
  }
}

function linearKernel(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

function cubicKernel(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

/** Input elements that each output element is computed from. */
export function tapsOf(axis: AxisResize, { mode, antialias }: ResizeOptions): number {
  if (mode === 'nearest') return 1;
  const shrink = antialias ? Math.min(1, axis.scale) : 1;
  return 2 * Math.ceil((mode === 'cubic' ? 2 : 1) / shrink);
}

export function axisTable(axis: AxisResize, settings: ResizeOptions): AxisTable {
  const { mode, antialias, excludeOutside } = settings;
  const { input, output } = axis;
  const clamp = (index: number) => Math.min(input - 1, Math.max(0, index));
  const shrink = antialias ? Math.min(1, axis.scale) : 1;
  const taps = tapsOf(axis, settings);
  const indices = new Int32Array(output * taps);
  const weights = new Float64Array(output * taps);
  let outside: Uint8Array | undefined;
  for (let i = 0; i < output; i++) {
    const x = coordinate(settings.coordinates, i, axis);
    if (settings.coordinates === 'tf_crop_and_resize' && (x < 0 || x > input - 1)) {
      outside ??= new Uint8Array(output);
      outside[i] = 1;
      continue;
    }
    if (mode === 'nearest') {
      indices[i] = clamp(nearestIndex(settings.nearest, x, axis.scale < 1));
      weights[i] = 1;
      continue;
    }
    const first = Math.floor(x) - taps / 2 + 1;
    let sum = 0;
    for (let t = 0; t < taps; t++) {
      const distance = (first + t - x) * shrink;
      const inside = first + t >= 0 && first + t < input;
      const raw = mode === 'cubic' ? cubicKernel(distance, settings.cubicA) : linearKernel(distance);
      const weight = excludeOutside && !inside ? 0 : raw;
      indices[i * taps + t] = clamp(first + t);
      weights[i * taps + t] = weight;
      sum += weight;
    }
    for (let t = 0; t < taps; t++) weights[i * taps + t]! /= sum;
  }
  return { taps, indices, weights, outside };
}

export function unchanged({ input, output, scale }: AxisResize, settings: ResizeOptions): boolean {
  return input === output && scale === 1 && settings.coordinates !== 'tf_crop_and_resize';
}
