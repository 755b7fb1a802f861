import { numbersOf, type PlainTensor } from './numbers.ts';

type Results = Readonly<Record<string, Pick<PlainTensor, 'type' | 'data'>>>;

/** The largest difference of two engines' results, as a share of the largest value of the output that it is in. */
export function largestDifference(ours: Results, theirs: Results): number {
  let most = 0;
  for (const [name, result] of Object.entries(theirs)) {
    const expected = numbersOf(result);
    const received = ours[name] && numbersOf(ours[name]);
    if (received?.length !== expected.length) return Number.POSITIVE_INFINITY;
    let [largest, apart] = [Number.MIN_VALUE, 0];
    for (let i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]!));
      apart = Math.max(apart, Math.abs(expected[i]! - received[i]!));
    }
    most = Math.max(most, apart / largest);
  }
  return most;
}
