import { type Code, dataInputs, type Reference } from '../code.ts';
import type { NodeEntry } from '../schema.ts';
import { Loops } from './loops.ts';
import { Places } from './places.ts';

/** Values of which a condition chooses one each. */
export interface Conditional {
  readonly condition: Reference;
  readonly key: string;
  /** What is chosen where the condition is false, and where it is true. */
  readonly merges: readonly { readonly name: string; readonly sides: readonly [Reference, Reference] }[];
  /** Values around it that its sides are computed from. */
  readonly around: readonly Reference[];
}

/** What loops and conditionals the nodes of version 1 of control flow form. */
export class Flow {
  readonly loops: Loops;
  readonly places: Places;
  readonly #code: Code;
  #groups: ReadonlyMap<string, readonly NodeEntry[]> | undefined;

  constructor(code: Code) {
    this.#code = code;
    this.loops = new Loops(code);
    this.places = new Places(code, this.loops);
  }

  /** The conditional that a node Merge is of, with all that are chosen beside it. */
  conditionalOf(merge: NodeEntry): Conditional {
    const { key, condition } = this.places.joinOf(merge.name);
    this.#groups ??= this.#grouped();
    const merges = this.#groups.get(this.#groupOf(merge))!.map((entry) => {
      const sides: Reference[] = [];
      for (const reference of dataInputs(entry)) sides[this.places.of(reference).sides.get(key)!] = reference;
      return { name: entry.name, sides: sides as [Reference, Reference] };
    });
    const wanted = merges.flatMap(({ sides }) => sides);
    return { condition, key, merges, around: this.#around(key, wanted) };
  }

  /** Merges at one condition that do not follow one another are one conditional. */
  #grouped(): Map<string, NodeEntry[]> {
    const groups = new Map<string, NodeEntry[]>();
    for (const entry of this.#code.needed) {
      if (entry.op !== 'Merge' || this.loops.isLoopMerge(entry)) continue;
      const key = this.#groupOf(entry);
      const group = groups.get(key);
      if (group) group.push(entry);
      else groups.set(key, [entry]);
    }
    return groups;
  }

  #groupOf({ name }: NodeEntry): string {
    const { sides, level } = this.places.of({ node: name, group: undefined, index: 0 });
    return JSON.stringify([this.places.joinOf(name).key, level, [...sides].sort()]);
  }

  /** What goes into the sides of a conditional. */
  #around(key: string, wanted: readonly Reference[]): Reference[] {
    const around: Reference[] = [];
    const seen = new Set<string>();
    const stack = [...wanted];
    for (let reference = stack.pop(); reference !== undefined; reference = stack.pop()) {
      const entry = this.#code.nodes.get(reference.node);
      if (entry === undefined || !this.places.of(reference).sides.has(key)) {
        if (entry?.op !== 'Const') around.push(reference);
        continue;
      }
      if (seen.has(reference.node)) continue;
      seen.add(reference.node);
      const isOwn = entry.op === 'Switch' && this.places.conditionOf(entry) === key;
      stack.push(...(isOwn ? dataInputs(entry).slice(0, 1) : this.places.sources(entry)));
    }
    return around;
  }
}
