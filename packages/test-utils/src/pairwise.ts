import { seededRandom } from './random.ts';

/** Random completions tried per case; more make the list a little shorter and its making slower. */
const CANDIDATES = 40;
/** Attempts to complete a pair before it counts as impossible. */
const ATTEMPTS = 400;

/**
 * A list of choices, one value per factor, in which every pair of values that occurs in some valid choice
 * occurs at least once (greedy, deterministic for a seed).
 */
export function pairwise<Choice extends object>(
  factors: { readonly [F in keyof Choice]: readonly Choice[F][] },
  isValid: (choice: Choice) => boolean,
  seed: number,
): Choice[] {
  const names = Object.keys(factors) as (keyof Choice)[];
  const levels = names.map((name) => factors[name].length);
  const random = seededRandom(seed);
  const toChoice = (row: readonly number[]) =>
    Object.fromEntries(names.map((name, f) => [name, factors[name][row[f]!]])) as Choice;

  const key = (f: number, a: number, g: number, b: number) => `${f}:${a},${g}:${b}`;
  const uncovered = new Map<string, readonly [number, number, number, number]>();
  for (let f = 0; f < names.length; f++) {
    for (let g = f + 1; g < names.length; g++) {
      for (let a = 0; a < levels[f]!; a++) {
        for (let b = 0; b < levels[g]!; b++) uncovered.set(key(f, a, g, b), [f, a, g, b]);
      }
    }
  }
  const pairsOf = (row: readonly number[]) => {
    const keys: string[] = [];
    for (let f = 0; f < row.length; f++) {
      for (let g = f + 1; g < row.length; g++) {
        const pair = key(f, row[f]!, g, row[g]!);
        if (uncovered.has(pair)) keys.push(pair);
      }
    }
    return keys;
  };

  const chosen: Choice[] = [];
  while (uncovered.size > 0) {
    const [first, [f, a, g, b]] = uncovered.entries().next().value!;
    let best: { choice: Choice; covers: string[] } | undefined;
    for (let attempt = 0, found = 0; attempt < ATTEMPTS && found < CANDIDATES; attempt++) {
      const row = levels.map((count) => Math.floor(random() * count));
      row[f] = a;
      row[g] = b;
      const choice = toChoice(row);
      if (!isValid(choice)) continue;
      found++;
      const covers = pairsOf(row);
      if (!best || covers.length > best.covers.length) best = { choice, covers };
    }
    if (best) {
      chosen.push(best.choice);
      for (const pair of best.covers) uncovered.delete(pair);
    } else {
      uncovered.delete(first);
    }
  }
  return chosen;
}
