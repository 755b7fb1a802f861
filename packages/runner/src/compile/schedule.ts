import type { Action } from '../lowering/actions.ts';
import type { MemoryPlan } from './memory-plan.ts';

/** Consecutive native steps as one item; the rest one by one. */
export type Item =
  | { readonly kind: 'native'; readonly from: number; readonly to: number }
  | Exclude<Action, { kind: 'step' }>;

/** Groups actions; places of copies become offsets in the arena. */
export function itemsOf(actions: readonly Action[], plan: MemoryPlan): Item[] {
  const items: Item[] = [];
  let step = 0;
  let native: { kind: 'native'; from: number; to: number } | undefined;
  for (const action of actions) {
    if (action.kind === 'step') {
      if (!native) {
        native = { kind: 'native', from: step, to: step };
        items.push(native);
      }
      native.to = ++step;
      continue;
    }
    native = undefined;
    if (action.kind === 'host') {
      items.push(action);
    } else {
      const offset = action.place.offset + plan.offsets.get(action.place.region!)!;
      items.push({ ...action, place: { ...action.place, offset } });
    }
  }
  return items;
}

/** Names that each item is the last to read, or writes without a reader. */
export function lastReads(items: readonly Item[], kept: ReadonlySet<string>): string[][] {
  const last = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    if (item.kind === 'native') continue;
    const names = item.kind === 'host' ? [...item.node.inputs, ...item.node.outputs] : [item.value];
    for (const name of names) last.set(name, index);
  }
  const expiring: string[][] = items.map(() => []);
  for (const [name, index] of last) if (name !== '' && !kept.has(name)) expiring[index]!.push(name);
  return expiring;
}
