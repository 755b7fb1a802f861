import { assertInteger, type ConvSpec, outputSize, type Pair, rangeError } from '@zeroskip/tensor';
import { activations } from './elementwise.ts';
import type { View } from './program/native-step.ts';

/** What native code counts in 32 bits. */
export const MAX_COUNT = 2 ** 31 - 1;

/** Throws unless `value` is one of `names`. */
export function assertOneOf(what: string, names: readonly string[], value: unknown): void {
  if (!names.includes(value as string)) throw rangeError(what, `one of ${names.join(', ')}`, value);
}

/** Throws unless all `values` are numbers. */
export function assertNumbers(what: string, values: object): void {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'number') throw rangeError(`${what} ${key}`, 'a number', value, 'ERR_INVALID_TYPE');
  }
}

/** Throws unless `activation` and its numbers are what native code knows. */
export function assertActivation(what: string, activation: unknown, alpha: unknown, beta: unknown): void {
  assertOneOf(`${what} activation`, Object.keys(activations), activation);
  assertNumbers(what, { alpha, beta });
}

/** Elements between neighbouring rows, and between neighbouring images. */
export function viewStrides(view: View) {
  const { h, w, pixelStride, rowStride = w * pixelStride, imageStride = h * rowStride } = view;
  return { rowStride, imageStride };
}

/** Elements of a row of a view from its first to its last. */
const rowExtent = ({ w, c, pixelStride }: View) => (w - 1) * pixelStride + c;

/** The same of an image. */
const imageExtent = (view: View) => (view.h - 1) * viewStrides(view).rowStride + rowExtent(view);

/** One past the last element of a view. */
export function viewEnd(view: View): number {
  const { offset, n, h, w, c } = view;
  return n * h * w * c === 0 ? offset : offset + (n - 1) * viewStrides(view).imageStride + imageExtent(view);
}

/** What 8-bit integers may be. */
export const integerRanges = { uint8: [0, 255], int8: [-128, 127] } as const;

/** Products read integers in steps of 4 bytes, up to 3 of them past the end. */
const READ_AHEAD = 3;

/** Floats that an arena has for all of a view. */
export function floatsUnder(view: View): number {
  return view.element
    ? Math.ceil((viewEnd(view) + READ_AHEAD) / Float32Array.BYTES_PER_ELEMENT)
    : viewEnd(view);
}

function assertQuantization(what: string, { element, constant, scale = 1, zero = 0 }: View): void {
  if (element === undefined) return;
  assertOneOf(`${what}.element`, Object.keys(integerRanges), element);
  if (constant) throw rangeError(`${what}.constant`, 'false, of 8-bit integers', constant);
  const [low, high] = integerRanges[element];
  assertInteger(() => `${what}.zero`, zero, low, high);
  if (!(scale > 0) || scale === Number.POSITIVE_INFINITY)
    throw rangeError(`${what}.scale`, 'a positive number', scale);
}

/** `assertInteger` for one number of a view, without words until it fails: programs have thousands. */
function assertViewNumber(what: string, key: string, value: number, min: number, max?: number): void {
  if (Number.isSafeInteger(value) && value >= min && (max === undefined || value <= max)) return;
  assertInteger(`${what}.${key}`, value, min, max);
}

/** Throws unless the numbers of a view are such that native code can address all of it. */
export function assertView(what: string, view: View): void {
  if (typeof view !== 'object' || view === null) throw rangeError(what, 'a view', view, 'ERR_INVALID_TYPE');
  const { offset, n, h, w, c, pixelStride } = view;
  assertViewNumber(what, 'offset', offset, 0);
  assertViewNumber(what, 'n', n, 0, MAX_COUNT);
  assertViewNumber(what, 'h', h, 0, MAX_COUNT);
  assertViewNumber(what, 'w', w, 0, MAX_COUNT);
  assertViewNumber(what, 'c', c, 0, MAX_COUNT);
  assertViewNumber(what, 'pixelStride', pixelStride, c);
  const { rowStride, imageStride } = viewStrides(view);
  assertViewNumber(what, 'rowStride', rowStride, w === 0 ? 0 : rowExtent(view));
  assertViewNumber(what, 'imageStride', imageStride, h * w === 0 ? 0 : imageExtent(view));
  assertViewNumber(what, 'pixels', n * h * w, 0, MAX_COUNT);
  assertViewNumber(what, 'end', viewEnd(view), 0);
  assertQuantization(what, view);
}

/** Throws unless a view has the dims that are expected. */
export function assertDims(what: string, view: View, expected: Partial<View>): void {
  for (const key of ['n', 'h', 'w', 'c'] as const) {
    if (expected[key] === undefined || view[key] === expected[key]) continue;
    throw rangeError(`${what}.${key}`, `${expected[key]}`, view[key], 'ERR_INVALID_SHAPE');
  }
}

export const dimsOf = ({ n, h, w, c }: View) => ({ n, h, w, c });

/** Checks the sizes of a convolution's maps, which native code counts in 32 bits. */
export function assertPixels(spec: ConvSpec, batch: number, input: Pair): void {
  const output = outputSize(spec, input);
  assertInteger('batch', batch, 0, MAX_COUNT);
  assertInteger('pixels of the input', batch * input[0] * input[1], 0, MAX_COUNT);
  assertInteger('pixels of the output', batch * output[0] * output[1], 0, MAX_COUNT);
}
