import type { Results } from '@zeroskip/runner';
import { type TensorData, ZeroskipError } from '@zeroskip/tensor';

/** One output of one contender compared with another's. */
export interface Verification {
  readonly output: string;
  readonly contender: string;
  readonly against: string;
  /** Largest difference of any element; NaN is equal to NaN only, and otherwise infinitely far. */
  readonly maxAbsDiff: number;
  /** Largest finite magnitude of the output it is compared with. */
  readonly maxAbs: number;
}

function difference(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const distance = Math.abs(a - b);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

function largestDifference(actual: TensorData, expected: TensorData): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, difference(Number(actual[i]), Number(expected[i])));
  }
  return largest;
}

function largestFinite(values: TensorData): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(Number(values[i]));
    if (magnitude < Number.POSITIVE_INFINITY) largest = Math.max(largest, magnitude);
  }
  return largest;
}

/** Compares every output; an output that is missing or has another shape is infinitely far. */
export function verify(
  outputNames: readonly string[],
  actual: { name: string; outputs: Results },
  expected: { name: string; outputs: Results },
): Verification[] {
  return outputNames.map((output) => {
    const tensor = expected.outputs[output]!;
    const own = actual.outputs[output];
    const comparable =
      own !== undefined && own.type === tensor.type && String(own.dims) === String(tensor.dims);
    return {
      output,
      contender: actual.name,
      against: expected.name,
      maxAbsDiff: comparable ? largestDifference(own.data, tensor.data) : Number.POSITIVE_INFINITY,
      maxAbs: largestFinite(tensor.data),
    };
  });
}

/** The worst of several inputs, output by output. */
export function worst(verifications: readonly Verification[]): Verification[] {
  const merged = new Map<string, Verification>();
  for (const verification of verifications) {
    const key = JSON.stringify([verification.contender, verification.output]);
    const before = merged.get(key);
    merged.set(key, {
      ...verification,
      maxAbsDiff: Math.max(before?.maxAbsDiff ?? 0, verification.maxAbsDiff),
      maxAbs: Math.max(before?.maxAbs ?? 0, verification.maxAbs),
    });
  }
  return [...merged.values()];
}

/**
 * Refuses to go on with results that differ.
 * @param tolerance relative to the output's largest magnitude, or to 1 where that is smaller
 * @throws `ZeroskipError` with code `ERR_VERIFICATION` that names the first output at fault
 */
export function assertEqual(verifications: readonly Verification[], tolerance: number): void {
  for (const { output, contender, against, maxAbsDiff, maxAbs } of verifications) {
    const limit = tolerance * Math.max(1, maxAbs);
    if (maxAbsDiff <= limit) continue;
    const expected = `a difference of at most ${limit.toPrecision(3)} between ${contender} and ${against}`;
    throw new ZeroskipError(
      `Expected ${expected} for output ${JSON.stringify(output)}, received ${maxAbsDiff.toPrecision(3)}; nothing was timed.`,
      { code: 'ERR_VERIFICATION', expected, received: String(maxAbsDiff) },
    );
  }
}
