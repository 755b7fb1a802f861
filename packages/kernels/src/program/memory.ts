import {
  assertInteger,
  isTypedArray,
  rangeError,
  released,
  typeError,
  ZeroskipError,
} from '@zeroskip/tensor';
import type { NativeArena, NativeConstants } from '../addon.ts';
import { loadAddon } from '../load-addon.ts';
import { uninitialized } from '../machine/platform.ts';

/**
 * An array with anything in it, which the caller overwrites: to fill a large one with zeros takes longer than many a
 * step. Throws an error with code `ERR_OUT_OF_MEMORY`.
 */
export function floats(length: number): Float32Array {
  try {
    return new Float32Array(uninitialized(length * Float32Array.BYTES_PER_ELEMENT));
  } catch (cause) {
    const [expected, received] = [`memory for ${length} floats`, 'none from the system'];
    throw new ZeroskipError(`Expected ${expected}, received ${received}.`, {
      code: 'ERR_OUT_OF_MEMORY',
      expected,
      received,
      cause,
    });
  }
}

/**
 * Has the system hand out the memory of an array that will be written from end to end: at once, where the writes would
 * have it page by page, at a fault for each, which takes many times what the writes do.
 * @returns the array
 */
export function committed<T extends ArrayBufferView>(array: T): T {
  if (!ArrayBuffer.isView(array)) throw typeError('the array', 'a typed array', array);
  loadAddon().commit(array);
  return array;
}

/** Float32 values that several programs read. Holds native memory until `release()`. */
export class Constants {
  readonly length: number;
  #native: NativeConstants | undefined;

  /** @param values copied */
  constructor(values: Float32Array) {
    if (!isTypedArray(values, 'Float32Array')) throw typeError('values', 'a Float32Array', values);
    this.length = values.length;
    this.#native = loadAddon().createConstants(values);
  }

  /** @internal */
  get native(): NativeConstants {
    if (!this.#native) throw released('list of constants');
    return this.#native;
  }

  /** Frees the values. Programs that read them keep them. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseConstants(this.#native);
    this.#native = undefined;
  }
}

/** The buffers that one run at a time works in. Holds native memory until `release()`. */
export class Arena {
  readonly floats: number;
  #native: NativeArena | undefined;

  constructor(floats: number) {
    assertInteger('floats', floats, 0);
    this.floats = floats;
    this.#native = loadAddon().createArena(floats);
  }

  /** @internal */
  get native(): NativeArena {
    if (!this.#native) throw released('arena');
    return this.#native;
  }

  /** Frees the buffers. A run in flight ends first. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseArena(this.#native);
    this.#native = undefined;
  }
}

/**
 * Converts IEEE 754 binary16 bit patterns to float32, natively: `float16ToFloat32` of `@zeroskip/tensor` for arrays of
 * weights.
 * @param out filled and returned; as long as `halves`
 */
export function widenFloat16(halves: Uint16Array, out: Float32Array): Float32Array {
  if (!isTypedArray(halves, 'Uint16Array')) throw typeError('halves', 'a Uint16Array', halves);
  if (!isTypedArray(out, 'Float32Array')) throw typeError('out', 'a Float32Array', out);
  if (out.length !== halves.length) {
    throw rangeError('the length of out', String(halves.length), out.length, 'ERR_INVALID_SHAPE');
  }
  loadAddon().widenFloat16(halves, out);
  return out;
}
