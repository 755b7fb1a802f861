import { type FuzzTarget, withoutBytes } from './target.ts';

/** Trials of one minimisation; each takes a process of its own. */
const MAX_TRIALS = 300;

/** The smallest input found for which `isSame` still holds. */
export async function minimise(
  target: FuzzTarget,
  input: Uint8Array,
  isSame: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  let trials = 0;
  const tried = new Set<string>();
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for await (const candidate of target.simpler?.(best) ?? withoutBytes(best)) {
      const key = Buffer.from(candidate).toString('latin1');
      if (candidate.length > best.length || tried.has(key)) continue;
      tried.add(key);
      if (++trials > MAX_TRIALS) return best;
      if (!(await isSame(candidate))) continue;
      best = candidate;
      isSmaller = true;
      break;
    }
  }
  return best;
}
