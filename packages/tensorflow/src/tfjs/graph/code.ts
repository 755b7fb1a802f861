import { modelError } from '@zeroskip/onnx';
import type { NodeEntry } from './schema.ts';

/** An output of a node: `node`, `node:1`, or `node:indices:0` inside functions. */
export interface Reference {
  readonly node: string;
  readonly group: string | undefined;
  readonly index: number;
}

export function referenceOf(text: string): Reference {
  const [node, ...rest] = text.split(':') as [string, ...string[]];
  const index = Number(rest.at(-1) ?? 0);
  if (rest.length > 2 || !Number.isSafeInteger(index) || index < 0) {
    throw modelError('an input of a node', 'node, node:index or node:output:index', text);
  }
  return { node, group: rest.length === 2 ? rest[0] : undefined, index };
}

/** Inputs that carry a value; those that only order nodes begin with ^. */
export const dataInputs = ({ input }: NodeEntry) =>
  input.filter((text) => !text.startsWith('^')).map(referenceOf);

const PASSES_ON: ReadonlySet<string> = new Set(['Identity', 'StopGradient', 'PreventGradient', 'Snapshot']);

export const named = ({ name, op }: NodeEntry) => ({ name, opType: op });

/** Names of the outputs of operators that have several. */
export type OutputNames = ReadonlyMap<string, readonly string[]>;

function nodesByName(entries: readonly NodeEntry[]): Map<string, NodeEntry> {
  const nodes = new Map<string, NodeEntry>();
  for (const entry of entries) {
    if (nodes.has(entry.name)) throw modelError('names of nodes', 'each once', entry.name);
    nodes.set(entry.name, entry);
  }
  return nodes;
}

/** The nodes of the model or of one of its functions, and what is wanted of them. */
export class Code {
  readonly nodes: ReadonlyMap<string, NodeEntry>;
  readonly references: readonly Reference[];
  /** Names of values that need no node, as arguments of a function do. */
  readonly given: ReadonlySet<string>;
  readonly #outputs: OutputNames;
  #needed: ReadonlySet<NodeEntry> | undefined;

  constructor(
    entries: readonly NodeEntry[],
    references: readonly string[],
    outputs: OutputNames,
    given: readonly string[] = [],
  ) {
    this.nodes = nodesByName(entries);
    this.references = references.map(referenceOf);
    this.given = new Set(given);
    this.#outputs = outputs;
  }

  node(name: string): NodeEntry {
    const entry = this.nodes.get(name);
    if (entry === undefined) throw modelError('an input or output of the graph', 'the name of a node', name);
    return entry;
  }

  /** Which output of its node is meant. */
  positionOf({ node, group, index }: Reference): number {
    const op = this.nodes.get(node)?.op;
    const groups = op === undefined ? undefined : this.#outputs.get(op);
    // A list of outputs has one name, and its index counts within it.
    if (group === undefined || groups === undefined || groups.length < 2) return index;
    const start = groups.indexOf(group);
    if (start < 0) throw modelError(`output of node ${JSON.stringify(node)}`, groups.join(', '), group);
    return start + index;
  }

  /** What a reference comes from when nodes that pass their input on are left out. */
  resolved(reference: Reference): Reference {
    let found = reference;
    for (let steps = 0; steps < this.nodes.size; steps++) {
      const entry = this.nodes.get(found.node);
      const [input] = entry && PASSES_ON.has(entry.op) ? dataInputs(entry) : [];
      if (input === undefined) return found;
      found = input;
    }
    return found;
  }

  /** Nodes that what is wanted stands on. */
  get needed(): ReadonlySet<NodeEntry> {
    this.#needed ??= this.#reached();
    return this.#needed;
  }

  #reached(): Set<NodeEntry> {
    const found = new Set<NodeEntry>();
    const stack = this.references.map(({ node }) => node);
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      if (this.given.has(name)) continue;
      const entry = this.node(name);
      if (found.has(entry)) continue;
      found.add(entry);
      stack.push(...dataInputs(entry).map(({ node }) => node));
    }
    return found;
  }
}
