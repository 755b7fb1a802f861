import type { Activation } from './task.ts';

/** The logistic function. */
export const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

function softmax(values: ArrayLike<number>): Float32Array {
  const max = Float32Array.from(values).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float32Array.from(values, (value) => Math.exp(value - max));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function minmax(values: ArrayLike<number>): Float32Array {
  const all = Float32Array.from(values);
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return all.map((value) => (high > low ? (value - low) / (high - low) : 0));
}

const functions: Record<Activation, (values: ArrayLike<number>) => Float32Array> = {
  none: (values) => Float32Array.from(values),
  sigmoid: (values) => Float32Array.from(values, sigmoid),
  softmax,
  minmax,
};

/** What an activation makes of values. */
export function sharesOf(values: ArrayLike<number>, activation: Activation): Float32Array {
  return functions[activation](values);
}

/** Six digits, which is what float32 has. */
export const rounded = (value: number) => Number(value.toPrecision(6));
