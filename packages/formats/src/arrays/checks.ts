import { rangeError, typeError, type ZeroskipRangeError } from '@zeroskip/tensor';
import type { FormatArray } from '../format.ts';

/** The error of damaged arrays, worded as the others. */
export function invalid(what: string, expected: string, received: unknown): ZeroskipRangeError {
  return rangeError(what, expected, received, 'ERR_INVALID_FORMAT');
}

export function assertLength(what: string, array: FormatArray, length: number): void {
  if (array.length !== length) throw invalid(`the length of ${what}`, String(length), array.length);
}

/** Throws unless `array` has the class that its range needs. */
export function assertClass(what: string, array: FormatArray, Class: { readonly name: string }): void {
  if (array.constructor.name !== Class.name) {
    throw typeError(what, `a ${Class.name}`, array, 'ERR_INVALID_FORMAT');
  }
}
