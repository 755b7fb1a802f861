import { bytesOf, isTypedArray, rangeError, typeError } from '@zeroskip/tensor';
import type { SessionSettings } from './options.ts';

interface CreateRequest {
  readonly model: string | Uint8Array;
  readonly options: SessionSettings;
}

function checkOptions(options: unknown): SessionSettings {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) throw typeError('options', 'an object', options);
  return options;
}

function checkRange(what: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw rangeError(what, `an integer from ${min} to ${max}`, value);
}

/** The part of a buffer that `byteOffset` and `byteLength` name. */
function part(bytes: Uint8Array, byteOffset: number, byteLength: unknown): Uint8Array {
  checkRange('byteOffset', byteOffset, 0, bytes.length - 1);
  if (byteLength === undefined) return bytes.subarray(byteOffset);
  if (typeof byteLength !== 'number') throw typeError('byteLength', 'a number', byteLength);
  checkRange('byteLength', byteLength, 1, bytes.length - byteOffset);
  return bytes.subarray(byteOffset, byteOffset + byteLength);
}

/** Sorts out the arguments of `create`: a path, bytes, or a buffer with an optional part of it; then options. */
export function createRequest(model: unknown, ...rest: readonly unknown[]): CreateRequest {
  const [first, second, third] = rest;
  if (typeof model === 'string') return { model, options: checkOptions(first) };
  const bytes = bytesOf(model);
  if (!bytes) throw typeError('the model', 'a path, a Uint8Array or a buffer', model);
  if (isTypedArray(model, 'Uint8Array') || typeof first !== 'number')
    return { model: bytes, options: checkOptions(first) };
  return { model: part(bytes, first, second), options: second === undefined ? {} : checkOptions(third) };
}
