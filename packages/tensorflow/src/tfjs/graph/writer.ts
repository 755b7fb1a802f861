import { type Limits, missingError, modelError } from '@zeroskip/onnx';
import type { WeightConstant } from '../weights.ts';
import type { GraphBuilder, Translation } from './builder.ts';
import { Code, dataInputs, type Reference } from './code.ts';
import { FunctionNodes } from './control/functions.ts';
import { MAX_DEPTH } from './control/places.ts';
import { ControlNodes } from './control/version1.ts';
import { TfNode } from './node.ts';
import { outputNames, translations } from './operators/index.ts';
import { translated } from './operators/translated.ts';
import type { GraphModel, NodeEntry } from './schema.ts';
import { Scope } from './scope.ts';
import { TableNodes } from './tables.ts';
import type { TensorValue } from './value.ts';

const PLACEHOLDERS: ReadonlySet<string> = new Set(['Placeholder', 'PlaceholderWithDefault']);

export const isPlaceholder = ({ op }: NodeEntry) => PLACEHOLDERS.has(op);

/** Writes the nodes of a graph model into one graph of ONNX. */
export class GraphWriter {
  readonly #builder: GraphBuilder;
  readonly #limits: Limits;
  readonly #root: Scope;
  readonly #control = new ControlNodes((scope, references) => this.#evaluate(scope, references));
  readonly #functions: FunctionNodes;
  readonly #tables: TableNodes;
  readonly #constants = new Map<string, TensorValue>();
  #weights: ReadonlyMap<string, WeightConstant> = new Map();
  #visited = 0;

  /** @param references what is wanted of the model's nodes */
  constructor(
    model: Pick<GraphModel, 'nodes' | 'functions' | 'initializer'>,
    references: readonly string[],
    builder: GraphBuilder,
    limits: Limits,
  ) {
    const { nodes, functions } = model;
    const given = nodes.filter(isPlaceholder).map(({ name }) => name);
    this.#builder = builder;
    this.#limits = limits;
    this.#tables = new TableNodes(model, (entry) => this.#weight(entry));
    this.#functions = new FunctionNodes(functions, outputNames, (scope, wanted) =>
      this.#evaluate(scope, wanted),
    );
    this.#root = new Scope(new Code(nodes, references, outputNames, given), { builder, depth: 0 });
  }

  /** Makes `value` the one output of a node of the model. */
  define(node: string, value: TensorValue): void {
    this.#root.define(node, [value]);
  }

  /** The values of what is wanted. */
  values(weights: ReadonlyMap<string, WeightConstant>): TensorValue[] {
    this.#weights = weights;
    return this.#evaluate(this.#root, this.#root.code.references);
  }

  /** Writes what `references` stand on, without recursion: graphs may be thousands of nodes deep. */
  #evaluate(scope: Scope, references: readonly Reference[]): TensorValue[] {
    if (scope.depth > MAX_DEPTH) {
      const what = 'functions, loops and conditionals inside one another';
      throw modelError(what, `at most ${MAX_DEPTH}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    const stack = references.map(({ node }) => node).reverse();
    const open = new Set<string>();
    while (stack.length > 0) {
      const name = stack.at(-1)!;
      if (scope.has(name)) {
        stack.pop();
        continue;
      }
      const entry = scope.code.node(name);
      const inputs = this.#inputs(entry, scope);
      const missing = inputs.filter(({ node }) => !scope.has(node));
      if (missing.length > 0) {
        if (open.has(name)) throw modelError('the graph', 'no cycles', `a cycle through node ${name}`);
        open.add(name);
        for (const { node } of missing.reverse()) stack.push(node);
        continue;
      }
      scope.define(name, this.#write(scope, entry, inputs));
      stack.pop();
    }
    return references.map((reference) => scope.value(reference));
  }

  /** What must be written before the node is. */
  #inputs(entry: NodeEntry, scope: Scope): readonly Reference[] {
    if (this.#control.has(entry.op)) return this.#control.inputs(entry, scope);
    return this.#tables.has(entry.op) ? this.#tables.inputs(entry) : dataInputs(entry);
  }

  #write(
    scope: Scope,
    entry: NodeEntry,
    references: readonly Reference[],
  ): readonly (TensorValue | undefined)[] {
    const { maxNodes } = this.#limits;
    if (++this.#visited > maxNodes) {
      throw modelError('number of nodes', `at most ${maxNodes}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    if (entry.op === 'Const') return [this.#weight(entry)];
    if (this.#control.has(entry.op)) return this.#control.write(entry, scope);
    const node = new TfNode(entry);
    if (this.#tables.has(entry.op)) return this.#tables.write(node, entry, scope);
    const inputs = references.map((reference) => scope.value(reference));
    if (this.#functions.has(entry.op)) return this.#functions.write(node, inputs, scope);
    return translated(node, translations.get(entry.op) as Translation, inputs, scope.builder);
  }

  /** Weights have one name for all that read them. */
  #weight({ name }: NodeEntry): TensorValue {
    const known = this.#constants.get(name);
    if (known) return known;
    const constant = this.#weights.get(name);
    if (constant === undefined) {
      throw modelError(`node ${JSON.stringify(name)} (Const)`, 'an entry of the weights manifest', 'none');
    }
    const { dims, bytes } = constant;
    const { emitter } = this.#builder;
    const value = this.#builder.plain(emitter.constant(name, constant), dims.length, dims[0]);
    const weight = bytes
      ? { ...value, bytes: emitter.constant(`${name}/bytes`, bytes) }
      : { ...value, constant };
    this.#constants.set(name, weight);
    return weight;
  }

  #isKnown(entry: NodeEntry): boolean {
    const { op } = entry;
    const isOther = op === 'Const' || isPlaceholder(entry) || this.#control.has(op) || this.#tables.has(op);
    return isOther || translations.has(op);
  }

  /** Refuses a model that has operators which are not known, all of them at once. */
  assertKnown(): void {
    const found = new Map<string, NodeEntry[]>();
    const stack = [...this.#root.code.needed].reverse();
    const reached = new Set<string>();
    for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
      const { op } = entry;
      if (this.#functions.has(op)) {
        for (const { signature, nodeDef } of this.#functions.entries(new TfNode(entry))) {
          if (!reached.has(signature.name)) stack.push(...nodeDef);
          reached.add(signature.name);
        }
      } else if (!this.#isKnown(entry)) {
        found.set(op, [...(found.get(op) ?? []), entry]);
      }
    }
    const [first] = [...found.values()].flat();
    if (first) throw missingError('operators', 'node', found, { nodeName: first.name, opType: first.op });
  }
}
