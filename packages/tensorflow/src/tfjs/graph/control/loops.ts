import { nodeError } from '@zeroskip/onnx';
import { type Code, dataInputs, named, type Reference } from '../code.ts';
import type { NodeEntry } from '../schema.ts';

/** What a loop carries from one iteration to the next. */
export interface LoopVariable {
  readonly merge: string;
  readonly enter: string;
  readonly next: Reference;
  readonly switches: readonly string[];
  readonly exits: readonly string[];
  /** Whether an iteration leaves it as it was. */
  readonly isPassed: boolean;
}

export interface Loop {
  readonly variables: readonly LoopVariable[];
  readonly condition: Reference;
  /** All that goes into the loop. */
  readonly enters: readonly NodeEntry[];
}

/** Nodes by what `keyOf` says of them. */
function grouped(entries: readonly NodeEntry[], keyOf: (entry: NodeEntry) => string | undefined) {
  const groups = new Map<string | undefined, NodeEntry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return (key: string | undefined): readonly NodeEntry[] => groups.get(key) ?? [];
}

function frameOf({ attr }: NodeEntry): string {
  return JSON.stringify(attr.frame_name?.s ?? null);
}

/** The loops that nodes Enter, Merge, Switch, LoopCond, NextIteration and Exit form. */
export class Loops {
  readonly #code: Code;
  readonly #enters;
  readonly #merges;
  readonly #switches;
  readonly #exits;
  readonly #found = new Map<string, Loop>();

  constructor(code: Code) {
    this.#code = code;
    const needed = [...code.needed];
    const of = (op: string) => needed.filter((entry) => entry.op === op);
    const first = (entry: NodeEntry) => dataInputs(entry)[0]?.node;
    this.#enters = grouped(of('Enter'), frameOf);
    this.#merges = grouped(
      of('Merge').filter((entry) => this.isLoopMerge(entry)),
      (entry) => frameOf(this.#input(entry, 0, 'Enter')),
    );
    this.#switches = grouped(of('Switch'), first);
    this.#exits = grouped(of('Exit'), first);
  }

  isLoopMerge(entry: NodeEntry): boolean {
    return (
      entry.op === 'Merge' &&
      dataInputs(entry).some(({ node }) => this.#code.nodes.get(node)?.op === 'NextIteration')
    );
  }

  #input(entry: NodeEntry, index: number, op: string): NodeEntry {
    const reference = dataInputs(entry)[index];
    const found = reference && this.#code.nodes.get(reference.node);
    if (found?.op === op) return found;
    throw nodeError(named(entry), `input ${index}`, `the output of a node ${op}`, found?.op ?? 'none');
  }

  /** The loop that a node Exit is of. */
  of(exit: NodeEntry): Loop {
    const choice = this.#input(exit, 0, 'Switch');
    const merge = this.#input(choice, 0, 'Merge');
    this.#input(merge, 1, 'NextIteration');
    const frame = frameOf(this.#input(merge, 0, 'Enter'));
    const known = this.#found.get(frame);
    if (known) return known;
    const loopCondition = this.#input(choice, 1, 'LoopCond');
    const [condition] = dataInputs(loopCondition);
    if (condition === undefined) throw nodeError(named(loopCondition), 'number of inputs', '1', 0);
    const variables = this.#merges(frame).map((merge) => this.#variable(merge, loopCondition));
    const loop = { variables, condition, enters: this.#enters(frame) };
    this.#found.set(frame, loop);
    return loop;
  }

  #variable(merge: NodeEntry, loopCondition: NodeEntry): LoopVariable {
    const inputs = dataInputs(merge);
    if (inputs.length !== 2) throw nodeError(named(merge), 'number of inputs', '2', inputs.length);
    const iteration = this.#input(merge, 1, 'NextIteration');
    const [next] = dataInputs(iteration);
    if (next === undefined) throw nodeError(named(iteration), 'number of inputs', '1', 0);
    const choices = this.#switches(merge.name);
    for (const choice of choices) {
      const condition = this.#input(choice, 1, 'LoopCond');
      if (condition !== loopCondition) {
        const expected = `${loopCondition.name}, the condition of its loop,`;
        throw nodeError(named(choice), 'input 1', expected, condition.name);
      }
    }
    const switches = choices.map(({ name }) => name);
    const { node, index } = this.#code.resolved(next);
    return {
      merge: merge.name,
      enter: this.#input(merge, 0, 'Enter').name,
      next,
      switches,
      exits: switches.flatMap((name) => this.#exits(name)).map(({ name }) => name),
      isPassed: (switches.includes(node) && index === 1) || node === merge.name,
    };
  }
}
