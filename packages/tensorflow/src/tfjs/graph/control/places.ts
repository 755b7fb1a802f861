import { modelError, nodeError } from '@zeroskip/onnx';
import { type Code, dataInputs, named, type Reference, referenceOf } from '../code.ts';
import type { NodeEntry } from '../schema.ts';
import type { Loops } from './loops.ts';

/** Conditionals, loops and functions inside one another. */
export const MAX_DEPTH = 16;

/** The side of a Switch: its first output is for a condition that is false. */
export type Side = 0 | 1;

type Sides = ReadonlyMap<string, Side>;

/** On which side of which conditions a node is, the innermost last. */
export interface Place {
  readonly sides: Sides;
  /** How many conditionals what it stands on goes through. */
  readonly level: number;
}

const OUTSIDE: Place = { sides: new Map(), level: 0 };

/** Finds on which sides of conditions the nodes of version 1 of control flow are. */
export class Places {
  readonly #code: Code;
  readonly #loops: Loops;
  readonly #places = new Map<string, Place>();
  /** The condition at which the inputs of a Merge part. */
  readonly #joins = new Map<string, string>();
  readonly #conditions = new Map<string, Reference>();

  constructor(code: Code, loops: Loops) {
    this.#code = code;
    this.#loops = loops;
  }

  /** What stands for the condition of a Switch here; undefined for the condition of a loop. */
  conditionOf(entry: NodeEntry): string | undefined {
    const condition = dataInputs(entry)[1];
    if (condition === undefined) throw nodeError(named(entry), 'number of inputs', '2', entry.input.length);
    const resolved = this.#code.resolved(condition);
    if (this.#code.nodes.get(resolved.node)?.op === 'LoopCond') return undefined;
    const key = JSON.stringify(resolved);
    this.#conditions.set(key, resolved);
    return key;
  }

  /** The condition that the inputs of a Merge are on different sides of. */
  joinOf(merge: string): { readonly key: string; readonly condition: Reference } {
    this.#visit(merge);
    const key = this.#joins.get(merge)!;
    return { key, condition: this.#conditions.get(key)! };
  }

  /** Where an output of a node is. */
  of(reference: Reference): Place {
    this.#visit(reference.node);
    return this.#at(reference);
  }

  #at(reference: Reference): Place {
    const place = this.#places.get(reference.node) ?? OUTSIDE;
    const entry = this.#code.nodes.get(reference.node);
    const condition = entry?.op === 'Switch' ? this.conditionOf(entry) : undefined;
    if (condition === undefined) return place;
    const side = this.#code.positionOf(reference) === 0 ? 0 : 1;
    if (place.sides.get(condition) === side) return place;
    return { ...place, sides: this.#joined(entry!, [place.sides, new Map([[condition, side]])]) };
  }

  /** What a value is computed from; of what a loop leaves, all that goes into it. */
  sources(entry: NodeEntry): Reference[] {
    return entry.op === 'Exit' ? this.#loops.of(entry).enters.flatMap(dataInputs) : dataInputs(entry);
  }

  /** What a node's place follows from. Nodes without inputs are where nodes are that they follow. */
  #bases(entry: NodeEntry): Reference[] {
    const inputs = this.sources(entry);
    if (this.#loops.isLoopMerge(entry)) {
      return inputs.filter(({ node }) => this.#code.nodes.get(node)?.op !== 'NextIteration');
    }
    if (inputs.length > 0) return inputs;
    return entry.input
      .map((text) => referenceOf(text.slice(1)))
      .filter(({ node }) => this.#code.nodes.has(node));
  }

  #isOpen({ node }: Reference): boolean {
    return !this.#places.has(node) && this.#code.nodes.has(node) && !this.#code.given.has(node);
  }

  /** Without recursion: graphs may be thousands of nodes deep. */
  #visit(name: string): void {
    const stack: Reference[] = [{ node: name, group: undefined, index: 0 }];
    const open = new Set<string>();
    for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
      if (!this.#isOpen(at)) {
        stack.pop();
        continue;
      }
      const entry = this.#code.node(at.node);
      const bases = this.#bases(entry);
      const missing = bases.filter((base) => this.#isOpen(base));
      if (missing.length > 0) {
        if (open.has(at.node)) throw modelError('the graph', 'no cycles', `a cycle through node ${at.node}`);
        open.add(at.node);
        stack.push(...missing);
        continue;
      }
      this.#places.set(at.node, this.#placeOf(entry, bases));
      stack.pop();
    }
  }

  #placeOf(entry: NodeEntry, bases: readonly Reference[]): Place {
    const places = bases.map((base) => this.#at(base));
    const level = places.reduce((most, place) => Math.max(most, place.level), 0);
    const sides = places.map((place) => place.sides);
    if (entry.op !== 'Merge' || this.#loops.isLoopMerge(entry)) {
      return { sides: this.#joined(entry, sides), level };
    }
    const condition = parting(entry, sides);
    this.#joins.set(entry.name, condition);
    const rest = sides.map((each) => new Map([...each].filter(([key]) => key !== condition)));
    return { sides: this.#joined(entry, rest), level: level + 1 };
  }

  /** The sides that the inputs of a node are on, all together. */
  #joined(entry: NodeEntry, all: readonly Sides[]): Sides {
    const [first = OUTSIDE.sides, ...others] = all.filter(({ size }) => size > 0);
    if (others.length === 0) return first;
    const sides = new Map(first);
    for (const [condition, side] of others.flatMap((each) => [...each])) {
      if ((sides.get(condition) ?? side) !== side) {
        const received = `values of both sides of ${this.#conditions.get(condition)!.node}`;
        throw nodeError(named(entry), 'inputs', 'values of one side of a conditional', received);
      }
      sides.set(condition, side);
    }
    if (sides.size > MAX_DEPTH) {
      const expected = `at most ${MAX_DEPTH}`;
      throw nodeError(named(entry), 'conditionals around it', expected, sides.size, 'ERR_LIMIT_EXCEEDED');
    }
    return sides;
  }
}

/** The one condition that the two inputs of a Merge are on different sides of. */
function parting(entry: NodeEntry, [a, b, ...others]: readonly Sides[]): string {
  if (a === undefined || b === undefined || others.length > 0) {
    const count = entry.input.filter((text) => !text.startsWith('^')).length;
    throw nodeError(named(entry), 'number of inputs', '2', count);
  }
  const found = [...a].filter(([condition, side]) => (b.get(condition) ?? side) !== side);
  const [condition] = found[0] ?? [];
  if (condition !== undefined && found.length === 1) return condition;
  const received = found.length === 0 ? 'values that no Switch tells apart' : 'values of other sides';
  throw nodeError(named(entry), 'inputs', 'values of the two sides of one Switch', received);
}
