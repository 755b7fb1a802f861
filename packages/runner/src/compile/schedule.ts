import { Reads } from '@zeroskip/kernels';
import type { Action } from '../lowering/actions.ts';
import { offsetFrom } from '../lowering/place.ts';
import type { MemoryPlan } from './memory-plan.ts';

type Read = Extract<Action, { kind: 'read' }>;

/** Consecutive steps, and the values that are copied out behind them, with the places of these. */
export interface NativeItem {
  readonly kind: 'native';
  readonly from: number;
  readonly to: number;
  readonly reads: readonly Read[];
  readonly copies: Reads;
}

/** Consecutive native steps; the rest one by one. */
export type Item = NativeItem | Exclude<Action, { kind: 'step' | 'read' }>;

/** Groups actions; places of copies become offsets in the arena. */
export function itemsOf(actions: readonly Action[], plan: MemoryPlan): Item[] {
  type Growing = { kind: 'native'; from: number; to: number; reads: Read[] };
  const items: (Growing | Exclude<Item, NativeItem>)[] = [];
  let step = 0;
  let native: Growing | undefined;
  const current = () => {
    if (!native) {
      native = { kind: 'native', from: step, to: step, reads: [] };
      items.push(native);
    }
    return native;
  };
  for (const action of actions) {
    if (action.kind === 'step') {
      // A value is read before later steps write to its place.
      if (native && native.reads.length > 0) native = undefined;
      current().to = ++step;
    } else if (action.kind === 'host') {
      native = undefined;
      items.push(action);
    } else {
      const offset = offsetFrom(action.place, plan.offsets.get(action.place.region!)!);
      const placed = { ...action, place: { ...action.place, offset } };
      if (placed.kind === 'read') current().reads.push(placed);
      else {
        native = undefined;
        items.push(placed);
      }
    }
  }
  return items.map((item) =>
    item.kind === 'native' ? { ...item, copies: new Reads(item.reads.map(({ place }) => place)) } : item,
  );
}

function namesOf(item: Item): readonly string[] {
  if (item.kind === 'host') return [...item.node.inputs, ...item.node.outputs];
  return item.kind === 'write' ? [item.value] : item.reads.map(({ value }) => value);
}

/** Names that each item is the last to read, or writes without a reader. */
export function lastReads(items: readonly Item[], kept: ReadonlySet<string>): string[][] {
  const last = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    for (const name of namesOf(item)) last.set(name, index);
  }
  const expiring: string[][] = items.map(() => []);
  for (const [name, index] of last) if (name !== '' && !kept.has(name)) expiring[index]!.push(name);
  return expiring;
}
