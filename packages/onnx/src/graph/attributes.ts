import type { AttributeValue } from './graph.ts';

/** An attribute of one integer. */
export const int = (value: number): AttributeValue => ({ kind: 'int', value: BigInt(value) });
/** An attribute of one number, rounded to float32. */
export const float = (value: number): AttributeValue => ({ kind: 'float', value: Math.fround(value) });
/** An attribute of a list of integers. */
export const ints = (values: readonly number[]): AttributeValue => ({
  kind: 'ints',
  value: BigInt64Array.from(values, BigInt),
});
/** An attribute of text. */
export const string = (value: string): AttributeValue => ({ kind: 'string', value });
