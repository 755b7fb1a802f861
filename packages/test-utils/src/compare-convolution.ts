import { type ConvOperands, convolutionSum, outputSize, rangeError, weightCount } from '@zeroskip/tensor';

const UNIT_ROUNDOFF = 2 ** -24;
/** What rounding a product below the normal numbers may add or take. */
const SMALLEST = 2 ** -149;

/** γ_K = K · 2⁻²⁴: bounds the relative error of a float32 sum of `terms` products, in any order, fused or not. */
export function gamma(terms: number): number {
  return terms * UNIT_ROUNDOFF;
}

/** Sums in double precision, N × M × oH × oW. */
export interface ConvolutionReference {
  /** Σ x·w (+ bias). */
  readonly output: Float64Array;
  /** Σ |x·w| (+ |bias|). */
  readonly magnitude: Float64Array;
  /** Products per output, plus one for a bias: the K of γ_K. */
  readonly terms: number;
  /** What products too small for normal numbers add to the bound; K · 2⁻¹⁴⁹ unless told. */
  readonly smallest?: Float64Array;
  readonly dims: readonly [number, number, number, number];
}

export interface ConvolutionOperands extends ConvOperands {
  readonly batch: number;
  readonly map: Float32Array;
  readonly weights: Float32Array;
  readonly bias?: Float32Array | undefined;
}

/** Convolves by definition, in double precision, with the magnitude of each sum beside it. */
export function convolutionReference(operands: ConvolutionOperands): ConvolutionReference {
  const { spec, batch, input, bias } = operands;
  const [height, width] = outputSize(spec, input);
  const output = new Float64Array(batch * spec.outChannels * height * width);
  const magnitude = new Float64Array(output.length);
  const sumAt = convolutionSum(operands);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let m = 0; m < spec.outChannels; m++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, at++) {
          const exact = sumAt(n, m, y, x);
          output[at] = exact.sum;
          magnitude[at] = exact.magnitude;
        }
      }
    }
  }
  return {
    output,
    magnitude,
    terms: weightCount(spec) / spec.outChannels + (bias ? 1 : 0),
    dims: [batch, spec.outChannels, height, width],
  };
}

export interface Comparison {
  readonly reference: Float64Array | Float32Array;
  readonly actual: Float32Array | Float64Array;
  /** Σ |x·w| of each output. */
  readonly magnitude: Float64Array | Float32Array;
  /** The K of γ_K. */
  readonly terms: number;
  readonly smallest?: Float64Array | undefined;
}

export interface Violation {
  readonly index: number;
  readonly reference: number;
  readonly actual: number;
  readonly error: number;
  readonly bound: number;
}

/**
 * The first output with `|actual - reference| > γ_K · Σ|x·w| + K · 2⁻¹⁴⁹`: products may be denormal. A float32
 * reference was rounded once itself, which adds 2⁻²⁴ · |reference|. Where the reference is NaN or infinite, `actual`
 * must be the same.
 */
export function firstViolation({
  reference,
  actual,
  magnitude,
  terms,
  smallest,
}: Comparison): Violation | undefined {
  for (const [name, values] of Object.entries({ actual, magnitude })) {
    if (values.length !== reference.length) {
      throw rangeError(name, `${reference.length} values`, values.length, 'ERR_INVALID_SHAPE');
    }
  }
  const rounding = reference instanceof Float32Array ? UNIT_ROUNDOFF : 0;
  for (let index = 0; index < reference.length; index++) {
    const expected = reference[index]!;
    const received = actual[index]!;
    if (Object.is(expected, received) || expected === received) continue;
    const least = smallest?.[index] ?? terms * SMALLEST;
    const bound = gamma(terms) * magnitude[index]! + rounding * Math.abs(expected) + least;
    const error = Math.abs(received - expected);
    if (!Number.isFinite(expected) || !(error <= bound)) {
      return { index, reference: expected, actual: received, error, bound };
    }
  }
  return undefined;
}

/**
 * Compares `actual` (N × M × oH × oW) with the double-precision convolution of the operands.
 * @returns undefined within the bound, else one line that names the first output outside it.
 */
export function compareConvolution(
  operands: ConvolutionOperands,
  actual: Float32Array,
  reference: ConvolutionReference = convolutionReference(operands),
): string | undefined {
  const violation = firstViolation({
    reference: reference.output,
    actual,
    magnitude: reference.magnitude,
    terms: reference.terms,
    smallest: reference.smallest,
  });
  if (!violation) return undefined;
  const [, channels, height, width] = reference.dims;
  const x = violation.index % width;
  const y = Math.floor(violation.index / width) % height;
  const m = Math.floor(violation.index / (width * height)) % channels;
  const n = Math.floor(violation.index / (width * height * channels));
  return (
    `Expected ${violation.reference} ± ${violation.bound} for output (n ${n}, m ${m}, y ${y}, x ${x}), ` +
    `received ${violation.actual}: an error of ${violation.error}.`
  );
}
