import type { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32 } from '../../support/onnx.ts';
import { type NodeSubject, outputOf } from '../../support/run-node.ts';

type Attributes = NonNullable<NodeSubject['attributes']>;

const seed = { seed: { float: 3 } };
const numbers = (y: Tensor) => Array.from(y.data, Number);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

const shape = [40, 50];
const like = { feeds: { x: float32(shape) } };
const of = (opType: string, attributes: Attributes, more: Partial<NodeSubject> = {}) =>
  outputOf({ opType, attributes: { ...seed, ...attributes }, ...more });

describe.each<[string, Attributes, Partial<NodeSubject>]>([
  ['RandomNormal', { shape, mean: { float: 2 }, scale: { float: 3 } }, {}],
  ['RandomNormalLike', { mean: { float: 2 }, scale: { float: 3 } }, like],
])('%s', (opType, attributes, more) => {
  it('has its mean and deviation, and the values of its seed', async () => {
    const values = numbers(await of(opType, attributes, more));
    expect(values).toHaveLength(2000);
    expect(mean(values)).toBeCloseTo(2, 0);
    expect(Math.abs(deviation(values) - 3)).toBeLessThan(0.2);
    expect(numbers(await of(opType, attributes, more))).toEqual(values);
    expect(numbers(await of(opType, { ...attributes, seed: { float: 4 } }, more))).not.toEqual(values);
  });
});

describe.each<[string, Attributes, Partial<NodeSubject>]>([
  ['RandomUniform', { shape, low: { float: -1 }, high: { float: 3 } }, {}],
  ['RandomUniformLike', { low: { float: -1 }, high: { float: 3 } }, like],
])('%s', (opType, attributes, more) => {
  it('lies between its bounds', async () => {
    const values = numbers(await of(opType, attributes, more));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeLessThan(3);
    expect(mean(values)).toBeCloseTo(1, 0);
    expect(Math.abs(deviation(values) - 4 / Math.sqrt(12))).toBeLessThan(0.1);
  });
});

it('Bernoulli is as often 1 as its input says', async () => {
  const x = float32(
    [2000],
    Array.from({ length: 2000 }, (_, i) => (i < 1000 ? 0.2 : 1)),
  );
  const y = await of('Bernoulli', { dtype: 7 }, { feeds: { x } });
  const values = numbers(y);
  expect(y.type).toBe('int64');
  expect(mean(values.slice(0, 1000))).toBeCloseTo(0.2, 1);
  expect(mean(values.slice(1000))).toBe(1);
});

it('Multinomial picks classes by their weights', async () => {
  const x = float32([2, 3], [Math.log(1), Math.log(3), -Infinity, -Infinity, 0, -Infinity]);
  const y = await of('Multinomial', { sample_size: 1000 }, { feeds: { x } });
  expect([y.type, y.dims]).toEqual(['int32', [2, 1000]]);
  expect(mean(numbers(y).slice(0, 1000))).toBeCloseTo(0.75, 1);
  expect(new Set(numbers(y).slice(0, 1000))).toEqual(new Set([0, 1]));
  expect(mean(numbers(y).slice(1000))).toBe(1);
});

it.each<[string, Attributes, Partial<NodeSubject>, string]>([
  ['RandomNormal', {}, {}, 'ERR_INVALID_SHAPE'],
  ['RandomUniform', { shape: [-1] }, {}, 'ERR_INVALID_SHAPE'],
  ['RandomUniform', { shape: [2], dtype: 7 }, {}, 'ERR_INVALID_MODEL'],
  ['Multinomial', {}, { feeds: { x: float32([3]) } }, 'ERR_INVALID_SHAPE'],
])('%s with %o is refused', async (opType, attributes, more, code) => {
  await expect(of(opType, attributes, more)).rejects.toThrow(expect.objectContaining({ code }));
});
