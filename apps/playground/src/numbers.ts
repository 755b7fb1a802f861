import { isNarrowFloat, widenFloats } from '@zeroskip/tensor';

/** A tensor, as engines exchange them. */
export interface PlainTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/**
 * The elements as numbers: narrow floats are bit patterns (but onnxruntime's of 16 bits, where there is a
 * `Float16Array`), and 64-bit integers are BigInts.
 */
export function numbersOf({ type, data }: Pick<PlainTensor, 'type' | 'data'>): ArrayLike<number> {
  const isBits = data instanceof Uint8Array || data instanceof Uint16Array;
  if (isBits && isNarrowFloat(type)) return widenFloats(type, data);
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  return isBig ? Float64Array.from(data as BigInt64Array, Number) : (data as ArrayLike<number>);
}
