import type { AttributeValue } from './graph.ts';

export const int = (value: number): AttributeValue => ({ kind: 'int', value: BigInt(value) });
export const float = (value: number): AttributeValue => ({ kind: 'float', value: Math.fround(value) });
export const ints = (values: readonly number[]): AttributeValue => ({
  kind: 'ints',
  value: BigInt64Array.from(values, BigInt),
});
export const string = (value: string): AttributeValue => ({ kind: 'string', value });
