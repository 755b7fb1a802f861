import { float32ToFloat16, Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { assertEqual, offSentences, verify, worst } from '../../src/trial/verification.ts';

const compare = (actual: number[], expected: number[]) =>
  verify(
    ['y'],
    { name: 'ours', outputs: { y: new Tensor('float32', actual) } },
    { name: 'theirs', outputs: { y: new Tensor('float32', expected) } },
    1e-3,
  )[0]!;

describe('verify', () => {
  it('finds the largest difference and the largest value', () => {
    expect(compare([1, 2, -8], [1, 2.5, -8.25])).toEqual({
      output: 'y',
      contender: 'ours',
      against: 'theirs',
      maxAbsDiff: 0.5,
      maxAbs: 8.25,
      limit: 1e-3 * 8.25,
    });
  });

  it('takes NaN for NaN, and infinity for the same infinity, as equal', () => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(compare(special, special)).toMatchObject({ maxAbsDiff: 0, maxAbs: 0 });
  });

  it.each([
    ['NaN for a number', Number.NaN, 1],
    ['a number for NaN', 1, Number.NaN],
    ['infinity for a number', Number.POSITIVE_INFINITY, 1],
    ['infinity for the other', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ])('takes %s as infinitely far', (_, actual, expected) => {
    expect(compare([actual], [expected]).maxAbsDiff).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes a missing output and another shape as infinitely far', () => {
    const expected = { name: 'theirs', outputs: { y: new Tensor('float32', [1, 2], [1, 2]) } };
    const transposed = new Tensor('float32', [1, 2], [2, 1]);
    expect(verify(['y'], { name: 'ours', outputs: {} }, expected, 1)[0]!.maxAbsDiff).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(verify(['y'], { name: 'ours', outputs: { y: transposed } }, expected, 1)[0]!.maxAbsDiff).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('keeps the order of the outputs, whatever their names', () => {
    const outputs = { y: new Tensor('float32', [1]), 1890: new Tensor('float32', [1]) };
    const found = verify(['y', '1890'], { name: 'ours', outputs }, { name: 'theirs', outputs }, 1);
    expect(found.map(({ output }) => output)).toEqual(['y', '1890']);
  });

  it('compares 64-bit integers', () => {
    const of = (value: bigint) => ({ y: new Tensor('int64', BigInt64Array.of(value)) });
    const [found] = verify(['y'], { name: 'ours', outputs: of(5n) }, { name: 'theirs', outputs: of(7n) }, 1);
    expect(found).toMatchObject({ maxAbsDiff: 2, maxAbs: 7 });
  });

  it('compares 16-bit floats by their values', () => {
    const [ours, theirs] = [[1], [1.5]].map((values) => ({
      y: new Tensor('float16', float32ToFloat16(Float32Array.from(values))),
    }));
    const [found] = verify(['y'], { name: 'ours', outputs: ours! }, { name: 'theirs', outputs: theirs! }, 1);
    expect(found).toMatchObject({ maxAbsDiff: 0.5, maxAbs: 1.5 });
    const wide = { y: new Tensor('float32', [1.5]) };
    expect(
      verify(['y'], { name: 'a', outputs: theirs! }, { name: 'b', outputs: wide }, 1)[0]!.maxAbsDiff,
    ).toBe(0);
  });
});

describe('worst', () => {
  it('keeps what is farthest from its limit, of each output and contender', () => {
    const [first, second] = [compare([1], [2]), compare([1000], [1003])];
    const other = { ...first, contender: 'another' };
    expect(worst([second, first, other])).toEqual([first, other]);
  });
});

describe('assertEqual', () => {
  it('measures against the largest value, or 1 where that is smaller', () => {
    expect(() => assertEqual([compare([100], [100.05])])).not.toThrow();
    expect(() => assertEqual([compare([0.001], [0.0015])])).not.toThrow();
  });

  it('names the output at fault', () => {
    expect(() => assertEqual([compare([1], [1.5])])).toThrow(
      expect.objectContaining({ code: 'ERR_VERIFICATION', message: expect.stringContaining('output "y"') }),
    );
  });

  it('refuses NaN', () => {
    expect(() => assertEqual([compare([Number.NaN], [1])])).toThrow(/ours and theirs/);
  });

  it('goes on with a contender that may be off, which is then said', () => {
    const off = compare([1], [1.5]);
    expect(() => assertEqual([off], (name) => name === 'ours')).not.toThrow();
    expect(() => assertEqual([off], (name) => name === 'another')).toThrow(/nothing was timed/);
    expect(offSentences([off, compare([1], [1])])).toEqual([
      'ours is off by 0.500 on "y" (allowed: 0.00150), as it rounds to 16-bit floats; theirs does not.',
    ]);
  });
});
