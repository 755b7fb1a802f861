import type { Config } from './candidates.ts';
import type { Objective } from './plan.ts';

/** A candidate as objectives see it. */
export interface Rated {
  readonly config: Config;
  /** Milliseconds over all inputs, or in proportion to them. */
  readonly ms: number;
  /** Packed weights included. */
  readonly workspaceBytes: number;
}

/** The candidate that meets the objective; of equals the one that takes less of the other, then the first. */
export function choose<R extends Rated>(candidates: readonly R[], objective: Objective): R | undefined {
  const fastest = Math.min(...candidates.map(({ ms }) => ms));
  const tolerance = objective.kind === 'balanced' ? objective.tolerance : 0;
  const [best] = candidates
    .filter(({ ms }) => objective.kind === 'memory' || ms <= fastest * (1 + tolerance))
    .sort((a, b) => a.workspaceBytes - b.workspaceBytes || a.ms - b.ms);
  return best;
}
