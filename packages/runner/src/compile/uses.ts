import { type Action, placesOf } from '../lowering/actions.ts';
import { type Place, type Region, sameMap, samePlace } from '../lowering/place.ts';

/** The actions that write and that read a region, by index. */
interface Uses {
  readonly writers: number[];
  readonly readers: number[];
}

/** Of each region, what touches it. */
export function usesOf(actions: readonly Action[]): Map<Region, Uses> {
  const uses = new Map<Region, Uses>();
  const add = (place: Place, as: keyof Uses, index: number) => {
    if (!place.region) return;
    const known = uses.get(place.region) ?? { writers: [], readers: [] };
    uses.set(place.region, known);
    if (known[as].at(-1) !== index) known[as].push(index);
  };
  for (const [index, action] of actions.entries()) {
    const { reads, writes } = placesOf(action);
    for (const place of reads) add(place, 'readers', index);
    for (const place of writes) add(place, 'writers', index);
  }
  return uses;
}

/** Whether two places are one map. */
export const same = (a: Place, b: Place) => samePlace(a, b) && sameMap(a, b);
