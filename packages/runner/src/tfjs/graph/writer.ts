import type { Constant } from '../../model/graph.ts';
import type { Limits } from '../../model/limits.ts';
import { missingError, modelError } from '../../model/model-error.ts';
import type { GraphBuilder, Translation } from './builder.ts';
import { TfNode } from './node.ts';
import { ofBlocks, translations } from './operators/index.ts';
import type { FunctionEntry, NodeEntry } from './schema.ts';
import type { TensorValue } from './value.ts';

/** Functions inside functions. */
const MAX_DEPTH = 16;

const CALLS: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
const PLACEHOLDERS: ReadonlySet<string> = new Set(['Placeholder', 'PlaceholderWithDefault']);

export const isPlaceholder = ({ op }: NodeEntry) => PLACEHOLDERS.has(op);

/** An output of a node: `node`, `node:1`, or `node:indices:0` inside functions. */
interface Reference {
  readonly node: string;
  readonly group: string | undefined;
  readonly index: number;
}

function referenceOf(text: string): Reference {
  const [node, ...rest] = text.split(':') as [string, ...string[]];
  const index = Number(rest.at(-1) ?? 0);
  if (rest.length > 2 || !Number.isSafeInteger(index) || index < 0) {
    throw modelError('an input of a node', 'node, node:index or node:output:index', text);
  }
  return { node, group: rest.length === 2 ? rest[0] : undefined, index };
}

/** Inputs that carry a value; those that only order nodes begin with ^. */
const dataInputs = ({ input }: NodeEntry) => input.filter((text) => !text.startsWith('^'));

/** The nodes of the model or of a function, and the values that are known among them. */
interface Scope {
  readonly nodes: ReadonlyMap<string, NodeEntry>;
  readonly values: Map<string, readonly TensorValue[]>;
  readonly depth: number;
}

function nodesByName(entries: readonly NodeEntry[]): Map<string, NodeEntry> {
  const nodes = new Map<string, NodeEntry>();
  for (const entry of entries) {
    if (nodes.has(entry.name)) throw modelError('names of nodes', 'each once', entry.name);
    nodes.set(entry.name, entry);
  }
  return nodes;
}

/** Writes the nodes of a graph model into one graph of ONNX. */
export class GraphWriter {
  readonly #builder: GraphBuilder;
  readonly #weights: ReadonlyMap<string, Constant>;
  readonly #functions: ReadonlyMap<string, FunctionEntry>;
  readonly #limits: Limits;
  readonly #root: Scope;
  #visited = 0;

  constructor(
    nodes: readonly NodeEntry[],
    functions: readonly FunctionEntry[],
    weights: ReadonlyMap<string, Constant>,
    builder: GraphBuilder,
    limits: Limits,
  ) {
    this.#builder = builder;
    this.#weights = weights;
    this.#limits = limits;
    this.#functions = new Map(functions.map((entry) => [entry.signature.name, entry]));
    this.#root = { nodes: nodesByName(nodes), values: new Map(), depth: 0 };
  }

  /** Makes `value` the one output of a node of the model. */
  define(node: string, value: TensorValue): void {
    this.#root.values.set(node, [value]);
  }

  /** The values of outputs of the model's nodes, which are written where they are not yet. */
  values(references: readonly string[]): TensorValue[] {
    return this.#evaluate(this.#root, references);
  }

  /** Writes what `references` stand on, without recursion: graphs may be thousands of nodes deep. */
  #evaluate(scope: Scope, references: readonly string[]): TensorValue[] {
    const wanted = references.map(referenceOf);
    const stack = wanted.map(({ node }) => node).reverse();
    const open = new Set<string>();
    while (stack.length > 0) {
      const name = stack.at(-1)!;
      if (scope.values.has(name)) {
        stack.pop();
        continue;
      }
      const entry = nodeIn(scope, name);
      const inputs = dataInputs(entry).map(referenceOf);
      const missing = inputs.filter(({ node }) => !scope.values.has(node));
      if (missing.length > 0) {
        if (open.has(name)) throw modelError('the graph', 'no cycles', `a cycle through node ${name}`);
        open.add(name);
        for (const { node } of missing.reverse()) stack.push(node);
        continue;
      }
      scope.values.set(name, this.#write(scope, entry, inputs));
      stack.pop();
    }
    return wanted.map((reference) => outputAt(scope, reference));
  }

  #write(scope: Scope, entry: NodeEntry, references: readonly Reference[]): readonly TensorValue[] {
    const { maxNodes } = this.#limits;
    if (++this.#visited > maxNodes) {
      throw modelError('number of nodes', `at most ${maxNodes}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    if (entry.op === 'Const') return [this.#weight(entry)];
    const inputs = references.map((reference) => outputAt(scope, reference));
    const node = new TfNode(entry);
    if (CALLS.has(entry.op)) return this.#call(node, inputs, scope.depth + 1);
    const { inputs: least, translate } = translations.get(entry.op) as Translation;
    if (inputs.length < least) throw node.error('number of inputs', `at least ${least}`, inputs.length);
    if (inputs.some(({ blocks }) => blocks !== undefined) && !ofBlocks.has(entry.op)) {
      throw node.unsupported('the input', 'a whole map', 'one that SpaceToBatchND cut into blocks');
    }
    return [translate(node, inputs, this.#builder)].flat() as TensorValue[];
  }

  #weight({ name }: NodeEntry): TensorValue {
    const constant = this.#weights.get(name);
    if (constant === undefined) {
      throw modelError(`node ${JSON.stringify(name)} (Const)`, 'an entry of the weights manifest', 'none');
    }
    const { dims } = constant;
    const value = this.#builder.plain(this.#builder.emitter.constant(name, constant), dims.length, dims[0]);
    return { ...value, constant };
  }

  #call(node: TfNode, inputs: readonly TensorValue[], depth: number): readonly TensorValue[] {
    const name = node.function('f');
    const called = this.#functions.get(name);
    if (called === undefined) throw node.error('attribute f', 'a function of the library', name);
    if (depth > MAX_DEPTH) {
      throw modelError('functions inside functions', `at most ${MAX_DEPTH}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    const { signature, nodeDef, ret } = called;
    if (signature.inputArg.length !== inputs.length) {
      throw node.error('number of inputs', String(signature.inputArg.length), inputs.length);
    }
    const values = new Map(signature.inputArg.map((argument, i) => [argument.name, [inputs[i]!]]));
    return this.#evaluate({ nodes: nodesByName(nodeDef), values, depth }, resultsOf(called, ret));
  }

  /**
   * Refuses a model that has operators which are not known, all of them at once.
   * @param references what is wanted of it
   */
  assertKnown(references: readonly string[]): void {
    const found = new Map<string, NodeEntry[]>();
    const reached = new Set<string>();
    const visit = (entry: NodeEntry, depth: number) => {
      const { op } = entry;
      if (op === 'Const' || isPlaceholder(entry) || translations.has(op)) return;
      if (CALLS.has(op)) {
        const called = this.#functions.get(new TfNode(entry).function('f'));
        if (called === undefined || depth === MAX_DEPTH || reached.has(called.signature.name)) return;
        reached.add(called.signature.name);
        for (const inner of called.nodeDef) visit(inner, depth + 1);
        return;
      }
      found.set(op, [...(found.get(op) ?? []), entry]);
    };
    for (const entry of needed(this.#root, references)) visit(entry, 0);
    const [first] = [...found.values()].flat();
    if (first) throw missingError('operators', 'node', found, { nodeName: first.name, opType: first.op });
  }
}

function nodeIn({ nodes }: Scope, name: string): NodeEntry {
  const entry = nodes.get(name);
  if (entry === undefined) throw modelError('an input or output of the graph', 'the name of a node', name);
  return entry;
}

/** Nodes that `references` stand on; the model's inputs end the search. */
function needed(scope: Scope, references: readonly string[]): Set<NodeEntry> {
  const found = new Set<NodeEntry>();
  const stack = references.map((text) => referenceOf(text).node);
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    const entry = nodeIn(scope, name);
    if (found.has(entry)) continue;
    found.add(entry);
    if (!isPlaceholder(entry)) stack.push(...dataInputs(entry).map((text) => referenceOf(text).node));
  }
  return found;
}

function outputAt(scope: Scope, { node, group, index }: Reference): TensorValue {
  const values = scope.values.get(node)!;
  const op = scope.nodes.get(node)?.op;
  const groups = op === undefined ? undefined : translations.get(op)?.outputs;
  // A list of outputs has one name, and its index counts within it.
  const start = group !== undefined && groups !== undefined && groups.length > 1 ? groups.indexOf(group) : 0;
  const value = values[start + index];
  if (value === undefined || start < 0) {
    throw modelError(`output of node ${JSON.stringify(node)}`, `below ${values.length}`, group ?? index);
  }
  return value;
}

function resultsOf({ signature }: FunctionEntry, ret: Readonly<Record<string, string>>): string[] {
  return signature.outputArg.map(({ name }) => {
    const reference = Object.hasOwn(ret, name) ? ret[name] : undefined;
    if (reference === undefined) throw modelError(`ret of function ${signature.name}`, name, 'nothing');
    return reference;
  });
}
