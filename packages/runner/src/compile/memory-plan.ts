import { type Action, placesOf } from '../lowering/actions.ts';
import { alignUp } from '../lowering/constant-pool.ts';
import type { Region } from '../lowering/place.ts';

interface Lifetime {
  readonly region: Region;
  /** First and last action that touches the region. */
  readonly first: number;
  last: number;
}

export interface MemoryPlan {
  /** Offset of each region in the arena, in floats; a multiple of 64 bytes. */
  readonly offsets: ReadonlyMap<Region, number>;
  readonly arenaFloats: number;
}

function lifetimes(actions: readonly Action[]): Lifetime[] {
  const found = new Map<Region, Lifetime>();
  for (const [index, action] of actions.entries()) {
    const { reads, writes } = placesOf(action);
    for (const { region } of [...reads, ...writes]) {
      if (!region) continue;
      const lifetime = found.get(region);
      if (lifetime) lifetime.last = index;
      else found.set(region, { region, first: index, last: index });
    }
  }
  return [...found.values()];
}

/** Most floats that any action needs at once: no plan can do with fewer. */
export function lowerBound(actions: readonly Action[]): number {
  const changes = new Float64Array(actions.length + 1);
  for (const { region, first, last } of lifetimes(actions)) {
    changes[first]! += alignUp(region.floats);
    changes[last + 1]! -= alignUp(region.floats);
  }
  let [live, most] = [0, 0];
  for (const change of changes) {
    live += change;
    most = Math.max(most, live);
  }
  return most;
}

/** The lowest gap of `floats` between the placed regions that live at the same time. */
function place(
  lifetime: Lifetime,
  placed: readonly (Lifetime & { offset: number })[],
  smallest: boolean,
): number {
  const size = alignUp(lifetime.region.floats);
  let end = 0;
  let best = -1;
  let bestGap = Number.POSITIVE_INFINITY;
  for (const other of placed) {
    if (other.last < lifetime.first || other.first > lifetime.last) continue;
    const gap = other.offset - end;
    if (gap >= size && gap < bestGap) {
      best = end;
      bestGap = gap;
      if (!smallest) return best;
    }
    end = Math.max(end, other.offset + alignUp(other.region.floats));
  }
  return best >= 0 ? best : end;
}

type Ordering = (a: Lifetime, b: Lifetime) => number;

const bySize: Ordering = (a, b) => b.region.floats - a.region.floats || a.first - b.first;
const byArea: Ordering = (a, b) =>
  b.region.floats * (b.last - b.first + 1) - a.region.floats * (a.last - a.first + 1) || a.first - b.first;
const byStart: Ordering = (a, b) => a.first - b.first || b.region.floats - a.region.floats;

function plan(all: readonly Lifetime[], ordering: Ordering, smallest: boolean): MemoryPlan {
  const placed: (Lifetime & { offset: number })[] = [];
  const offsets = new Map<Region, number>();
  let arenaFloats = 0;
  for (const lifetime of [...all].sort(ordering)) {
    const offset = place(lifetime, placed, smallest);
    const at = placed.findIndex((other) => other.offset > offset);
    placed.splice(at < 0 ? placed.length : at, 0, { ...lifetime, offset });
    offsets.set(lifetime.region, offset);
    arenaFloats = Math.max(arenaFloats, offset + alignUp(lifetime.region.floats));
  }
  return { offsets, arenaFloats };
}

/**
 * Gives every region a part of one arena, shared by regions that do not live at the same time. Finding the
 * least arena is hard; of several greedy orders the one with the smallest arena is taken.
 */
export function planMemory(actions: readonly Action[]): MemoryPlan {
  const all = lifetimes(actions);
  const least = lowerBound(actions);
  let best: MemoryPlan | undefined;
  for (const ordering of [bySize, byArea, byStart]) {
    for (const smallest of [true, false]) {
      const candidate = plan(all, ordering, smallest);
      if (!best || candidate.arenaFloats < best.arenaFloats) best = candidate;
      if (best.arenaFloats === least) return best;
    }
  }
  return best!;
}
