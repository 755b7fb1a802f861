import { expect, it } from 'vitest';
import { pairwise } from '../src/pairwise.ts';

const factors = { a: [1, 2, 3], b: ['x', 'y'], c: [true, false] } as const;
type Choice = { a: 1 | 2 | 3; b: 'x' | 'y'; c: boolean };

it('covers every pair of values', () => {
  const pairs = new Set(
    pairwise<Choice>(factors, () => true, 1).flatMap(({ a, b, c }) => [`${a}${b}`, `${a}${c}`, `${b}${c}`]),
  );
  expect(pairs.size).toBe(6 + 6 + 4);
});

it('leaves out pairs that no valid choice has', () => {
  const choices = pairwise<Choice>(factors, ({ a, b }) => !(a === 1 && b === 'x'), 1);
  expect(choices.some(({ a, b }) => a === 1 && b === 'x')).toBe(false);
  expect(new Set(choices.map(({ a, b }) => `${a}${b}`)).size).toBe(5);
});
