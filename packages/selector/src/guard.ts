import type { Config } from './candidates.ts';
import type { Guard } from './plan.ts';

/** The loss without zeros, as a share of the dense time, that is not worth a second copy of the weights. */
const TOLERABLE_LOSS = 0.05;

/** Densities that are tried between what calibration saw and 1. */
const STEPS = 100;

/** What a guard is decided on. */
export interface GuardFacts {
  /** The chosen algorithm's milliseconds on the calibration inputs, whose mean density is `density`. */
  readonly sparseMs: number;
  readonly density: number;
  /** The highest density that calibration saw. */
  readonly highest: number;
  /** The fastest algorithm that skips no zeros, in the same unit. */
  readonly dense: { readonly config: Config; readonly ms: number };
  /** What the chosen algorithm is expected to take at a density, in any unit. */
  readonly expected: (density: number) => number;
}

/**
 * The density above which the dense algorithm is the faster one: where the measured time, scaled by what the
 * algorithm is expected to take at other densities, meets the dense time. Never one that calibration saw.
 * @returns undefined where the loss is small at any density
 */
export function guardOf({ sparseMs, density, highest, dense, expected }: GuardFacts): Guard | undefined {
  const unit = sparseMs / expected(density);
  const loses = (at: number, share: number) => expected(at) * unit > dense.ms * (1 + share);
  if (highest >= 1 || !loses(1, TOLERABLE_LOSS)) return undefined;
  for (let step = 1; step <= STEPS; step++) {
    const at = highest + ((1 - highest) * step) / STEPS;
    if (!loses(at, 0)) continue;
    // Half a step back: the crossing lies between.
    return { density: Number((at - (1 - highest) / STEPS / 2).toFixed(4)), ...dense.config };
  }
  return undefined;
}
