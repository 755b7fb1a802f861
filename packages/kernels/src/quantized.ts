import {
  type ConvSpec,
  convSpec,
  isTypedArray,
  rangeError,
  released,
  typeError,
  weightCount,
} from '@zeroskip/tensor';
import { assertActivation, assertNumbers, integerRanges } from './checks.ts';
import { nativeConvSpec } from './convolution.ts';
import type { Activation } from './elementwise.ts';
import { loadAddon } from './load-addon.ts';
import type { NativeQuantized } from './program/native-step.ts';

/** What the sums of a convolution of integers become. */
export type QuantizedResult =
  /** `round(sum · scale) + zero`, halves to the even integer, from `low` to `high`: the type's unless told. */
  | QuantizedBytes
  /** `sum · scale`, times the input's scale where that is told at a run, plus `bias`; then the activation. */
  | { type: 'float32'; scale: Float32Array; bias?: Float32Array | undefined; activation?: Activation }
  /** The sums, in the bits of the output's floats. */
  | { type: 'int32' };

export interface QuantizedBytes {
  type: 'uint8' | 'int8';
  scale: Float32Array;
  zero: number;
  low?: number;
  high?: number;
  /**
   * What a step of these integers stands for, of a convolution that adds a map: the sum of both, as numbers, becomes
   * integers as the output has them. Depthwise ones do not add integers.
   */
  ownScale?: number;
}

export interface QuantizedOptions {
  /** Zero points of the weights, one for each output channel; 0 when absent. */
  readonly zeros?: Int32Array | undefined;
  /** One value for each output channel, added to the sums. */
  readonly bias?: Int32Array | undefined;
  /** Scales and a bias have one value for each output channel. */
  readonly result: QuantizedResult;
}

function assertValues(
  what: string,
  values: unknown,
  type: 'Int32Array' | 'Float32Array',
  count: number,
): void {
  if (values === undefined) return;
  if (!isTypedArray(values, type)) throw typeError(what, `an ${type}`, values);
  const { length } = values as Float32Array;
  if (length !== count) throw rangeError(what, `${count} values`, length, 'ERR_INVALID_SHAPE');
}

function nativeEnd(result: QuantizedResult) {
  const { name, alpha = 0, beta = 0 } = (result.type === 'float32' && result.activation) || { name: 'none' };
  assertActivation('the convolution', name, alpha, beta);
  const none = { zero: 0, low: 0, high: 0, ownScale: 0 };
  const after = { activation: name, alpha, beta } as const;
  if (result.type === 'float32') return { result: 'floats', ...none, ...after } as const;
  if (result.type === 'int32') return { result: 'sums', ...none, ...after } as const;
  const [least, most] = integerRanges[result.type] ?? [];
  if (least === undefined)
    throw rangeError('the type of the result', 'uint8, int8, float32 or int32', result.type);
  const { zero, low = least, high = most, ownScale = 0 } = result;
  assertNumbers('the convolution', { zero, low, high, ownScale });
  if (!(ownScale >= 0 && ownScale < Number.POSITIVE_INFINITY))
    throw rangeError('ownScale', 'a positive number', ownScale);
  for (const [key, value] of Object.entries({ zero, low, high })) {
    if (!Number.isInteger(value) || value < least || value > most)
      throw rangeError(key, `an integer from ${least} to ${most}`, value);
  }
  if (low > high) throw rangeError('low', `at most ${high}`, low);
  return { result: 'bytes', zero, low, high, ownScale, ...after } as const;
}

/**
 * A convolution of 8-bit integers, `Σ (x - zero of x) · (w - zero of w) + bias`, exact where it fits in 32 bits, with
 * its weights packed for one instruction set. Holds native memory until `release()`.
 */
export class QuantizedConvolution {
  readonly spec: ConvSpec;
  /** Type of the output. */
  readonly result: QuantizedResult['type'];
  /** Whether its result are integers that another map is added to. */
  readonly addsIntegers: boolean;
  #native: NativeQuantized | undefined;

  /** @param weights `outChannels × inChannels/group × kernelH × kernelW`, row-major */
  constructor(spec: ConvSpec, weights: Uint8Array | Int8Array, options: QuantizedOptions) {
    const checked = convSpec(spec);
    const isSigned = isTypedArray(weights, 'Int8Array');
    if (!isSigned && !isTypedArray(weights, 'Uint8Array'))
      throw typeError('weights', 'a Uint8Array or an Int8Array', weights);
    if (weights.length !== weightCount(checked))
      throw rangeError('weights', `${weightCount(checked)} values`, weights.length, 'ERR_INVALID_SHAPE');
    const { zeros, bias, result } = options;
    const count = checked.outChannels;
    assertValues('zeros', zeros, 'Int32Array', count);
    const [low, high] = integerRanges[isSigned ? 'int8' : 'uint8'];
    const outside = zeros?.find((zero) => zero < low || zero > high);
    if (outside !== undefined) throw rangeError('zeros', `integers from ${low} to ${high}`, outside);
    assertValues('bias', bias, 'Int32Array', count);
    const end = nativeEnd(result);
    const scale = result.type === 'int32' ? undefined : result.scale;
    if (result.type !== 'int32' && scale === undefined) throw typeError('scale', 'a Float32Array', scale);
    assertValues('scale', scale, 'Float32Array', count);
    const floatBias = result.type === 'float32' ? result.bias : undefined;
    assertValues('the bias of the result', floatBias, 'Float32Array', count);
    this.spec = checked;
    this.result = result.type;
    this.addsIntegers = end.ownScale > 0;
    const { group, inChannels, outChannels } = checked;
    if (this.addsIntegers && group > 1 && group === inChannels && group === outChannels)
      throw rangeError('ownScale', '0, of a depthwise convolution', end.ownScale);
    const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.length);
    const native = nativeConvSpec(checked);
    this.#native = loadAddon().createQuantized(native, bytes, isSigned, zeros, bias, scale, floatBias, end);
  }

  /** @internal */
  get native(): NativeQuantized {
    if (!this.#native) throw released('convolution');
    return this.#native;
  }

  /** Bytes of packed weights. */
  get packedBytes(): number {
    return loadAddon().quantizedBytes(this.native);
  }

  /** Frees the packed weights. Runs in flight keep them until they end. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseQuantized(this.#native);
    this.#native = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
