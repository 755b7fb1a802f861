import type { Answer } from './client.ts';

/** Of the larger of 1 and the number itself. */
const NUMBER_TOLERANCE = 1e-3;
/** One of 255 shades. */
const SHADE_TOLERANCE = 1;

type Shades = Uint8Array | Uint8ClampedArray;
type List = readonly Answer[] | Shades | Float32Array;
type Fields = Readonly<Record<string, Answer>>;

const areShades = (value: Answer): value is Shades =>
  value instanceof Uint8Array || value instanceof Uint8ClampedArray;
const isList = (value: Answer): value is List =>
  Array.isArray(value) || areShades(value) || value instanceof Float32Array;
const areFields = (value: Answer): value is Fields =>
  typeof value === 'object' && value !== null && !isList(value);

const isNear = (a: number, b: number, tolerance: number) => Object.is(a, b) || Math.abs(a - b) <= tolerance;

function describe(value: Answer): string {
  if (isList(value)) return `${value.length} values`;
  if (areFields(value)) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function inLists(expected: List, received: List, path: string): string | undefined {
  for (let i = 0; i < expected.length; i++) {
    const difference = firstDifference(expected[i], received[i], `${path}[${i}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function inFields(expected: Fields, received: Fields, path: string): string | undefined {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(received)])) {
    const difference = firstDifference(expected[key], received[key], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/**
 * Where two answers differ first: texts must be the same, shades of pictures within one, other numbers within a
 * thousandth.
 * @returns undefined for equal answers
 */
export function firstDifference(expected: Answer, received: Answer, path = 'answer'): string | undefined {
  const difference = `${path}: ${describe(expected)} and ${describe(received)}`;
  if (areShades(expected) && areShades(received) && expected.length === received.length) {
    const at = expected.findIndex((shade, i) => !isNear(shade, received[i]!, SHADE_TOLERANCE));
    return at < 0 ? undefined : `${path}[${at}]: ${expected[at]} and ${received[at]}`;
  }
  if (isList(expected) && isList(received) && expected.length === received.length)
    return areShades(expected) === areShades(received) ? inLists(expected, received, path) : difference;
  if (areFields(expected) && areFields(received)) return inFields(expected, received, path);
  if (typeof expected === 'number' && typeof received === 'number')
    return isNear(expected, received, NUMBER_TOLERANCE * Math.max(1, Math.abs(expected)))
      ? undefined
      : difference;
  return expected === received ? undefined : difference;
}
