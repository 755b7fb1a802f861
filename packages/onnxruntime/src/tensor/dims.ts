import { rangeError, typeError } from '@zeroskip/tensor';
import { refusal } from '../refusal.ts';
import type { Data, TypeName } from './element-types.ts';

/** The number of elements. @throws `TypeError` unless dims are integers, `RangeError` for negative ones */
export function elementCount(dims: readonly unknown[]): number {
  let count = 1;
  for (let axis = 0; axis < dims.length; axis++) {
    const dim = dims[axis];
    if (!Number.isSafeInteger(dim)) throw typeError(`dims[${axis}]`, 'an integer', dim);
    if ((dim as number) < 0) throw rangeError(`dims[${axis}]`, 'at least 0', dim, 'ERR_INVALID_SHAPE');
    count *= dim as number;
  }
  return count;
}

/** Throws unless `data` hold `count` elements; those of 4 bits are two a byte. */
export function checkLength(type: TypeName, data: Data, count: number): void {
  const { length } = data;
  if (length === count) return;
  if ((type === 'uint4' || type === 'int4') && length === Math.ceil(count / 2)) return;
  throw refusal('the data of a tensor', `${count} elements`, length, { code: 'ERR_INVALID_SHAPE' });
}
