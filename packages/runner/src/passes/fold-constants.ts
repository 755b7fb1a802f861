import {
  atNode,
  type Body,
  byteSize,
  type Constant,
  constantFrom,
  freshNames,
  type GraphNode,
  type InputValue,
  isUnknownOperand,
  type Limits,
  type NodeView,
  nodeError,
  nodeView,
  subgraphs,
  type TypedGraph,
  type ValueType,
} from '@zeroskip/onnx';
import { evaluateNode } from '../ops/common/evaluate.ts';
import type { Decomposition, FreshNames, Operator } from '../ops/common/operator.ts';
import { checkTypes } from '../ops/common/types.ts';
import { hasOperator, isRoutine, missingOperators, operatorOf } from '../ops/index.ts';

/** Below this a folded value is kept. */
const SMALL_BYTES = 1 << 16;

/** Types of a node's outputs, checked against the limits. */
function inferTypes(operator: Operator, view: NodeView, limits: Limits): ValueType[] {
  const types = operator.infer(view);
  for (const [index, { type, dims }] of types.entries()) {
    if (dims.length > limits.maxRank) {
      throw view.error(
        `rank of output ${index}`,
        `at most ${limits.maxRank}`,
        dims.length,
        'ERR_LIMIT_EXCEEDED',
      );
    }
    const bytes = dims.reduce((size, dim) => size * dim, byteSize(type, []));
    if (bytes > limits.maxRunBytes) {
      throw view.error(
        `bytes of output ${index}`,
        `at most ${limits.maxRunBytes}`,
        bytes,
        'ERR_LIMIT_EXCEEDED',
      );
    }
  }
  return types;
}

class Folder {
  readonly types: Map<string, ValueType>;
  readonly constants: Map<string, Constant>;
  /** Nodes without an operator. */
  readonly missing: GraphNode[] = [];
  readonly #limits: Limits;
  readonly #names: FreshNames;
  #bytes = 0;
  #nodes = 0;

  constructor(graph: Body, known: ReadonlyMap<string, ValueType>, limits: Limits) {
    this.types = new Map(known);
    this.constants = new Map(graph.constants);
    this.#limits = limits;
    this.#names = freshNames(graph);
  }

  /** Folds the node, or learns its types; returns what must stay in the graph of it, or of what it consists of. */
  visit(node: GraphNode): readonly GraphNode[] {
    if (++this.#nodes > this.#limits.maxNodes) {
      throw nodeError(
        node,
        'number of nodes, up to one inside,',
        `at most ${this.#limits.maxNodes}`,
        'more',
        'ERR_LIMIT_EXCEEDED',
      );
    }
    if (!hasOperator(node)) {
      this.missing.push(node);
      return [node];
    }
    const operator = operatorOf(node);
    if (isRoutine(operator)) {
      this.#visitInner(node);
      return [node];
    }
    const view = nodeView(node, this.types, this.constants);
    if (!view) return [node];
    try {
      checkTypes(operator, view);
      if (!('infer' in operator)) return this.#visitParts(operator.decompose(view, this.#names));
      const parts = operator.decompose?.(view, this.#names);
      if (parts) return this.#visitParts(parts);
      const types = inferTypes(operator, view, this.#limits);
      const isKnown = (input: InputValue | undefined, index: number) =>
        !input || input.constant !== undefined || operator.fromDims?.includes(index);
      const known = view.inputs.every(isKnown);
      if (known) this.#fold(operator, view, types);
      else
        for (const [index, name] of node.outputs.entries())
          if (name !== '') this.types.set(name, types[index]!);
      return known ? [] : [node];
    } catch (error) {
      if (isUnknownOperand(error)) return [node];
      throw atNode(node, error);
    }
  }

  /** Notes nodes without an operator in graphs that a node may run, but for branches, of which one may be left out. */
  #visitInner(node: GraphNode): void {
    for (const inner of subgraphs(node).flatMap(({ nodes }) => nodes)) {
      if (!hasOperator(inner)) this.missing.push(inner);
      else if (isRoutine(operatorOf(inner))) this.#visitInner(inner);
    }
  }

  #visitParts({ nodes, constants = new Map() }: Decomposition): readonly GraphNode[] {
    for (const [name, constant] of constants) this.constants.set(name, constant);
    return nodes.flatMap((part) => this.visit(part));
  }

  #fold(operator: Operator, view: NodeView, types: readonly ValueType[]): void {
    const sizes = types.map(({ type, dims }) => byteSize(type, dims));
    const largest = Math.max(...sizes);
    const { maxFoldedBytes } = this.#limits;
    const cheap = operator.cheap && largest > SMALL_BYTES;
    this.#bytes += cheap ? 0 : sizes.reduce((sum, size) => sum + size, 0);
    if (largest > maxFoldedBytes || this.#bytes > maxFoldedBytes) {
      const received = Math.max(largest, this.#bytes);
      throw view.error(
        'bytes of folded constants',
        `at most ${maxFoldedBytes}`,
        received,
        'ERR_LIMIT_EXCEEDED',
      );
    }
    const evaluate = () =>
      evaluateNode(
        operator,
        view,
        view.inputs.map((input) => input?.constant?.load()),
        types,
      );
    const define = (name: string, constant: Constant) => name !== '' && this.constants.set(name, constant);
    const quantized = operator.quantized?.(view);
    if (cheap) {
      define(view.node.outputs[0]!, { ...types[0]!, quantized, load: () => evaluate()[0]! });
      return;
    }
    for (const [index, tensor] of evaluate().entries())
      define(view.node.outputs[index] ?? '', { ...constantFrom(tensor), quantized });
  }
}

/**
 * Computes what does not depend on the run: nodes whose inputs are constant or of which only the dims
 * matter. Learns the types of all other values as far as the types of `known` lead.
 * @param onMissing told of nodes without an operator, which stay in the graph; an error unless given
 * @throws coded errors that name the node, also for values beyond the limits
 */
export function foldConstants<G extends Body>(
  graph: G,
  known: ReadonlyMap<string, ValueType>,
  limits: Limits,
  onMissing = (nodes: readonly GraphNode[]): unknown => {
    throw missingOperators(nodes);
  },
): G & TypedGraph {
  const folder = new Folder(graph, known, limits);
  const nodes = graph.nodes.flatMap((node) => folder.visit(node));
  if (folder.missing.length > 0) onMissing(folder.missing);
  return { ...graph, nodes, constants: folder.constants, types: folder.types };
}
