import type { Size } from './input.ts';

/** A result, as far as showing it asks for. */
export interface Output {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface Summary {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

type Range = readonly [low: number, high: number];

/** How an output is shown. */
export type View =
  | ({ readonly kind: 'map'; readonly values: Uint8ClampedArray; readonly range: Range } & Size)
  | ({ readonly kind: 'image'; readonly rgba: Uint8ClampedArray<ArrayBuffer>; readonly range: Range } & Size)
  | {
      readonly kind: 'scores';
      readonly scores: readonly { readonly index: number; readonly score: number }[];
      readonly classes: number;
      readonly isSoftmax: boolean;
    };

export function summaryOf({ name, type, dims, values }: Output): Summary {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return { name, type, dims, min, mean: sum / values.length, max };
}

const TOP = 5;
const SUM_TOLERANCE = 1e-3;

function scoresView(values: ArrayLike<number>): View {
  const given = Array.from(values, Number);
  const sum = given.reduce((a, b) => a + b, 0);
  const isSoftmax = Math.abs(sum - 1) > SUM_TOLERANCE || given.some((value) => value < 0);
  const largest = Math.max(...given);
  const powers = given.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  const scores = (isSoftmax ? powers.map((power) => power / total) : given)
    .map((score, index) => ({ index, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, TOP);
  return { kind: 'scores', scores, classes: given.length, isSoftmax };
}

/** How far outside a usual range values may be, as a share of it; networks overshoot. */
const OVERSHOOT = 0.1;
const usual: readonly Range[] = [
  [0, 1],
  [-1, 1],
  [0, 255],
];

/** The range that is shown from dark to light: a usual one that the values fit and are not lost in, or their own. */
function rangeOf({ min, max }: Summary): Range {
  const fits = ([low, high]: Range) => {
    const margin = OVERSHOOT * (high - low);
    return min >= low - margin && max <= high + margin && (high <= 1 || max > margin);
  };
  return usual.find(fits) ?? [min, max];
}

const toByte = (value: number, [low, high]: Range) => ((value - low) / (high - low || 1)) * 255;

function mapView(values: ArrayLike<number>, size: Size, range: Range): View {
  const bytes = Uint8ClampedArray.from({ length: values.length }, (_, i) => toByte(values[i]!, range));
  return { kind: 'map', ...size, values: bytes, range };
}

function imageView(values: ArrayLike<number>, size: Size, isLast: boolean, range: Range): View {
  const pixels = size.height * size.width;
  const rgba = new Uint8ClampedArray(pixels * 4).fill(255);
  const [step, next] = isLast ? [3, 1] : [1, pixels];
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let channel = 0; channel < 3; channel++)
      rgba[pixel * 4 + channel] = toByte(values[pixel * step + channel * next]!, range);
  return { kind: 'image', ...size, rgba, range };
}

/** How an output is shown by its dims, of which the first is a batch of one; undefined where only figures are. */
export function viewOf({ dims, values }: Output, summary: Summary, input: Size): View | undefined {
  const sides = dims.filter((dim) => dim !== 1);
  if (sides.length === 1 && dims.length <= 4) return scoresView(values);
  if (dims[0] !== 1 || sides.length < 2 || !Number.isFinite(summary.min + summary.max)) return undefined;
  const [, second, third, fourth] = dims as [number, number, number, number];
  if (dims.length === 3 && second === input.height && third === input.width)
    return mapView(values, { height: second, width: third }, rangeOf(summary));
  if (dims.length !== 4) return undefined;
  const isLast = fourth === 1 || fourth === 3;
  const channels = isLast ? fourth : second;
  const size = isLast ? { height: second, width: third } : { height: third, width: fourth };
  if (channels === 1) return mapView(values, size, rangeOf(summary));
  return channels === 3 ? imageView(values, size, isLast, rangeOf(summary)) : undefined;
}
