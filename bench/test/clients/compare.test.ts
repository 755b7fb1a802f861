import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/clients/client.ts';
import { firstDifference } from '../../src/clients/compare.ts';

const line = { text: 'zeros', score: 0.9, box: [1, 2] };

describe('equal answers', () => {
  it.each<[string, Answer, Answer]>([
    ['the same texts, numbers and lists', [line], [{ ...line, box: [1, 2] }]],
    ['numbers within a thousandth', 0.5, 0.5009],
    ['large numbers within a thousandth of themselves', [-20], [-20.01]],
    ['shades within one', Uint8Array.of(0, 255), Uint8Array.of(1, 254)],
    ['shades, clamped or not', Uint8Array.of(7), Uint8ClampedArray.of(7)],
    ['NaN where NaN is expected', Float32Array.of(Number.NaN), Float32Array.of(Number.NaN)],
    ['a list as another kind of list of numbers', Float32Array.of(0.25), [0.25]],
  ])('are %s', (_, expected, received) => {
    expect(firstDifference(expected, received)).toBeUndefined();
  });
});

describe('different answers', () => {
  it.each<[string, Answer, Answer, string]>([
    ['another text', [line], [{ ...line, text: 'zeroes' }], 'answer[0].text: "zeros" and "zeroes"'],
    ['a number beyond a thousandth', { score: 0.5 }, { score: 0.502 }, 'answer.score: 0.5 and 0.502'],
    ['NaN for a number', [1], [Number.NaN], 'answer[0]: 1 and NaN'],
    ['infinity for a number', [1], [Number.POSITIVE_INFINITY], 'answer[0]: 1 and Infinity'],
    ['a line that is missing', [line, line], [line], 'answer: 2 values and 1 values'],
    ['a value that is missing', line, { text: 'zeros', score: 0.9 }, 'answer.box: 2 values and undefined'],
    ['a value more', {}, { score: 1 }, 'answer.score: undefined and 1'],
    ['shades beyond one', Uint8Array.of(9, 9), Uint8Array.of(9, 11), 'answer[1]: 9 and 11'],
    ['shades for numbers', [1], Uint8Array.of(1), 'answer: 1 values and 1 values'],
    ['a text for a number', 1, '1', 'answer: 1 and "1"'],
    ['nothing for an object', line, null, 'answer: an object and null'],
  ])('are %s', (_, expected, received, difference) => {
    expect(firstDifference(expected, received)).toBe(difference);
  });
});
