import { type Action, placesOf } from '../lowering/actions.ts';
import { alignUp } from '../lowering/constant-pool.ts';
import type { Place, Region } from '../lowering/place.ts';
import type { Chains } from './chains.ts';

const NO_CHAINS: Chains = new Map();

interface Lifetime {
  readonly region: Region;
  /** First and last action that touches the region. */
  first: number;
  last: number;
}

export interface MemoryPlan {
  /** Offset of each region in the arena, in floats; a multiple of 64 bytes. */
  readonly offsets: ReadonlyMap<Region, number>;
  readonly arenaFloats: number;
  /** Which of the greedy orders it is. */
  readonly order: number;
}

/**
 * What a chain reads of others, it reads until its end, and it writes its result from its beginning on. The maps
 * between its convolutions are there when these run apart.
 */
function extendOverChains(found: Map<Region, Lifetime>, actions: readonly Action[], chains: Chains): void {
  for (const [first, length] of chains) {
    const links = actions.slice(first, first + length).map(placesOf);
    const results = links.at(-1)!.writes;
    const between = new Set(links.slice(0, -1).flatMap(({ writes }) => writes.map(({ region }) => region)));
    for (const { region } of links.flatMap(({ reads }) => reads)) {
      if (!region || between.has(region)) continue;
      const lifetime = found.get(region)!;
      lifetime.last = Math.max(lifetime.last, first + length - 1);
    }
    for (const { region } of results) {
      const lifetime = found.get(region!)!;
      lifetime.first = Math.min(lifetime.first, first);
    }
  }
}

/** Of each region, when it is in use. */
export function lifetimes(actions: readonly Action[], chains = NO_CHAINS): Lifetime[] {
  const found = new Map<Region, Lifetime>();
  const touch = (places: readonly Place[], index: number) => {
    for (const { region } of places) {
      if (!region) continue;
      const lifetime = found.get(region);
      if (lifetime) lifetime.last = index;
      else found.set(region, { region, first: index, last: index });
    }
  };
  for (const [index, action] of actions.entries()) {
    const { reads, writes } = placesOf(action);
    touch(reads, index);
    touch(writes, index);
  }
  extendOverChains(found, actions, chains);
  return [...found.values()];
}

/** Most floats that any action needs at once: no plan can do with fewer. */
export function lowerBound(
  actions: readonly Action[],
  all: readonly Lifetime[] = lifetimes(actions),
): number {
  const changes = new Float64Array(actions.length + 1);
  for (const { region, first, last } of all) {
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

interface Placed extends Readonly<Pick<Lifetime, 'first' | 'last'>> {
  readonly offset: number;
  readonly end: number;
}

/** The lowest gap of `size` between the placed regions that live at the same time. */
function place(lifetime: Lifetime, size: number, placed: readonly Placed[], smallest: boolean): number {
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
    end = Math.max(end, other.end);
  }
  return best >= 0 ? best : end;
}

type Ordering = (a: Lifetime, b: Lifetime) => number;

const bySize: Ordering = (a, b) => b.region.floats - a.region.floats || a.first - b.first;
const byArea: Ordering = (a, b) =>
  b.region.floats * (b.last - b.first + 1) - a.region.floats * (a.last - a.first + 1) || a.first - b.first;
const byStart: Ordering = (a, b) => a.first - b.first || b.region.floats - a.region.floats;

const orders = [bySize, byArea, byStart].flatMap((ordering) =>
  [true, false].map((smallest) => ({ ordering, smallest })),
);

function plan(all: readonly Lifetime[], order: number): MemoryPlan {
  const { ordering, smallest } = orders[order]!;
  const placed: Placed[] = [];
  const offsets = new Map<Region, number>();
  let arenaFloats = 0;
  for (const lifetime of [...all].sort(ordering)) {
    const { region, first, last } = lifetime;
    const size = alignUp(region.floats);
    const offset = place(lifetime, size, placed, smallest);
    const at = placed.findIndex((other) => other.offset > offset);
    placed.splice(at < 0 ? placed.length : at, 0, { first, last, offset, end: offset + size });
    offsets.set(region, offset);
    arenaFloats = Math.max(arenaFloats, offset + size);
  }
  return { offsets, arenaFloats, order };
}

/**
 * Gives every region a part of one arena, shared by regions that do not live at the same time. Finding the
 * least arena is hard; of several greedy orders the one with the smallest arena is taken.
 */
export function planMemory(actions: readonly Action[], chains = NO_CHAINS): MemoryPlan {
  const all = lifetimes(actions, chains);
  const least = lowerBound(actions, all);
  let best: MemoryPlan | undefined;
  for (const order of orders.keys()) {
    const candidate = plan(all, order);
    if (!best || candidate.arenaFloats < best.arenaFloats) best = candidate;
    if (best.arenaFloats === least) break;
  }
  return best!;
}

/** How much larger than the best found for other dims, in proportion, an arena may be before all orders are tried. */
const TOLERANCE = 1.05;

/** Plans the memory of one network for ever new dims: the order that was best for others comes first. */
export class MemoryPlanner {
  #best: { order: number; excess: number } | undefined;

  /** @param apart lifetimes without the chains */
  plan(actions: readonly Action[], chains: Chains, apart: readonly Lifetime[]): MemoryPlan {
    const all = chains.size > 0 ? lifetimes(actions, chains) : apart;
    const least = lowerBound(actions, all);
    if (this.#best) {
      const first = plan(all, this.#best.order);
      if (first.arenaFloats <= least * this.#best.excess * TOLERANCE) return first;
    }
    const best = planMemory(actions, chains);
    this.#best = { order: best.order, excess: best.arenaFloats / Math.max(least, 1) };
    return best;
  }
}
