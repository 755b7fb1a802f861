import type { Results } from '@zeroskip/runner';
import { float16ToFloat32, Tensor, type TensorData, ZeroskipError } from '@zeroskip/tensor';

/** One output of one contender compared with another's. */
export interface Verification {
  readonly output: string;
  readonly contender: string;
  readonly against: string;
  /** Largest difference of any element; NaN is equal to NaN only, and otherwise infinitely far. */
  readonly maxAbsDiff: number;
  /** Largest finite magnitude of the output it is compared with. */
  readonly maxAbs: number;
  /** The largest difference that the tolerance allows. */
  readonly limit: number;
}

/** Whether an output differs by more than the tolerance allows. */
export function isOff({ maxAbsDiff, limit }: Verification): boolean {
  return maxAbsDiff > limit;
}

/** Who is off, and by how much, in words. What is timed all the same rounds where the reference does not. */
export function offSentences(verification: readonly Verification[]): string[] {
  return verification
    .filter(isOff)
    .map(
      ({ output, contender, against, maxAbsDiff, limit }) =>
        `${contender} is off by ${maxAbsDiff.toPrecision(3)} on ${JSON.stringify(output)} (allowed: ${limit.toPrecision(3)}), as it rounds to 16-bit floats; ${against} does not.`,
    );
}

/** Of those with one key, what is farthest from its limit. */
function farthest(
  verification: readonly Verification[],
  keyOf: (entry: Verification) => string,
): Verification[] {
  const found = new Map<string, Verification>();
  for (const entry of verification) {
    const before = found.get(keyOf(entry));
    if (before === undefined || entry.maxAbsDiff / entry.limit > before.maxAbsDiff / before.limit)
      found.set(keyOf(entry), entry);
  }
  return [...found.values()];
}

/** How far each contender is from sums in double precision, in words: by its output that is farthest from its limit. */
export function blame(verification: readonly Verification[]): string {
  const each = farthest(verification, ({ contender }) => contender).map(
    ({ contender, maxAbsDiff, output }) =>
      `${contender} by ${maxAbsDiff.toPrecision(3)} on ${JSON.stringify(output)}`,
  );
  return `From our network with sums in double precision differ: ${each.join(', ')}.`;
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

/** A tensor of 16-bit floats in float32; any other as it is. */
export function widened(tensor: Tensor): Tensor {
  if (tensor.type !== 'float16') return tensor;
  return new Tensor('float32', float16ToFloat32(tensor.data as Uint16Array), tensor.dims);
}

/**
 * Compares every output; an output that is missing or has another shape is infinitely far.
 * @param tolerance relative to the output's largest magnitude, or to 1 where that is smaller
 */
export function verify(
  outputNames: readonly string[],
  actual: { name: string; outputs: Results },
  expected: { name: string; outputs: Results },
  tolerance: number,
): Verification[] {
  return outputNames.map((output) => {
    const tensor = widened(expected.outputs[output]!);
    const own = actual.outputs[output] && widened(actual.outputs[output]);
    const comparable =
      own !== undefined && own.type === tensor.type && String(own.dims) === String(tensor.dims);
    const maxAbs = largestFinite(tensor.data);
    return {
      output,
      contender: actual.name,
      against: expected.name,
      maxAbsDiff: comparable ? largestDifference(own.data, tensor.data) : Number.POSITIVE_INFINITY,
      maxAbs,
      limit: tolerance * Math.max(1, maxAbs),
    };
  });
}

/** The worst of several inputs, output by output: what is farthest from its limit. */
export function worst(verifications: readonly Verification[]): Verification[] {
  return farthest(verifications, ({ contender, output }) => JSON.stringify([contender, output]));
}

/**
 * Refuses to go on with results that differ.
 * @param mayBeOff contenders that are timed although their results differ
 * @throws `ZeroskipError` with code `ERR_VERIFICATION` that names the first output at fault
 */
export function assertEqual(
  verifications: readonly Verification[],
  mayBeOff: (contender: string) => boolean = () => false,
): void {
  for (const verification of verifications) {
    const { output, contender, against, maxAbsDiff, limit } = verification;
    if (!isOff(verification) || mayBeOff(contender)) continue;
    const expected = `a difference of at most ${limit.toPrecision(3)} between ${contender} and ${against}`;
    throw new ZeroskipError(
      `Expected ${expected} for output ${JSON.stringify(output)}, received ${maxAbsDiff.toPrecision(3)}; nothing was timed.`,
      { code: 'ERR_VERIFICATION', expected, received: String(maxAbsDiff) },
    );
  }
}
