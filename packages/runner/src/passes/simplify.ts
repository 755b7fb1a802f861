import {
  type Body,
  type Constant,
  type GraphNode,
  type Limits,
  nodeView,
  sameDims,
  type TypedGraph,
  type ValueType,
} from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { operatorOf, primitiveOf } from '../ops/index.ts';
import { sameValue } from '../platform.ts';
import { foldAffine, weighted } from './fold-affine.ts';
import { foldConstants } from './fold-constants.ts';
import { fuseActivation } from './fuse-activation.ts';
import { fuseAddition } from './fuse-addition.ts';
import { fusePadding } from './fuse-padding.ts';
import { fuseIntegerProducts } from './integers/fuse-products.ts';
import { fuseQuantized } from './integers/fuse-quantized.ts';
import { prune } from './prune.ts';
import { recognizeActivations } from './recognize-activations.ts';
import { removeIdentities } from './remove-identities.ts';
import { type Rest, split } from './split.ts';
import { transposePadding } from './transpose-padding.ts';

const fusions = [
  fuseIntegerProducts,
  fuseQuantized,
  removeIdentities,
  transposePadding,
  fusePadding,
  prune,
  foldAffine,
  recognizeActivations,
  prune,
  fuseActivation,
  fuseAddition,
  // What follows the sum of a residual block.
  fuseActivation,
  prune,
];

/** Operators whose constants rewrites read, beside those that are activations or scale and shift. */
const constantsRead: ReadonlySet<string> = new Set([
  ...['Pad', 'Max', 'Min', 'Mul', 'Add', 'QuantizeLinear', 'DequantizeLinear'],
  ...weighted,
]);

/** Operators of which rewrites ask which operands are one value, or have the dims of the result, beside views. */
const dimsRead: ReadonlySet<string> = new Set(['Add', 'Mul', 'MatMulInteger', 'ConvInteger']);

/** Derived constants that rewrites read are mostly padding, bounds and factors; larger ones are not compared. */
const MAX_COMPARED = 64;

/** A segment, simplified, and what follows it. */
interface Simplified {
  readonly segment: TypedGraph;
  readonly rest?: Rest | undefined;
}

/** What rewrites made of a graph, and what that depended on. */
interface Outcome {
  readonly before: readonly GraphNode[];
  readonly premises: string;
  readonly nodes: readonly GraphNode[];
  /** That rewrites made. */
  readonly constants: ReadonlyMap<string, Constant>;
}

/**
 * Simplifies one graph for inputs of ever new dims. Most dims lead to the same nodes: what rewrites make of these is
 * kept, and only types and folded constants are found anew.
 */
export class Simplifier {
  readonly #graph: Body;
  readonly #limits: Limits;
  readonly #fuse: boolean;
  #last: Outcome | undefined;

  /** @param fuse whether operators are joined, or only those that are not needed left out */
  constructor(graph: Body, limits: Limits, fuse: boolean) {
    this.#graph = graph;
    this.#limits = limits;
    this.#fuse = fuse;
  }

  /**
   * The graph for inputs of known types, as far as types are known, simplified; all that remains is computed during a
   * run.
   * @param values of inputs that the graph does not list
   */
  simplify(
    inputs: ReadonlyMap<string, ValueType>,
    values: ReadonlyMap<string, Constant> = new Map(),
  ): Simplified {
    const { constants: own } = this.#graph;
    const graph = { ...this.#graph, constants: values.size === 0 ? own : merged(own, values) };
    const { segment: folded, rest } = split(foldConstants(graph, inputs, this.#limits));
    if (!this.#fuse) return { segment: prune(folded), rest };
    const premises = this.#premises(folded, rest);
    const last = this.#last;
    if (last && last.premises === premises && sameNodes(last.before, folded.nodes)) {
      const constants =
        last.constants.size === 0 ? folded.constants : merged(folded.constants, last.constants);
      return { segment: typed({ ...folded, nodes: last.nodes, constants }), rest };
    }
    const simple = fusions.reduce((current, rewrite) => rewrite(current), prune(folded));
    if (premises !== undefined) {
      const constants = new Map([...simple.constants].filter(([name]) => !folded.constants.has(name)));
      this.#last = { before: folded.nodes, premises, nodes: simple.nodes, constants };
    }
    return { segment: simple, rest };
  }

  /**
   * All that rewrites go by beside the nodes and the graph's own constants: which values have equal dims or are single,
   * ranks, and constants that follow from dims. Undefined where that is too much to compare.
   */
  #premises({ nodes, outputs, types, constants }: TypedGraph, rest: Rest | undefined): string | undefined {
    for (const { dims } of types.values()) if (dims.includes(0)) return undefined;
    let premises = rest ? JSON.stringify(outputs.map(({ name }) => name)) : '';
    for (const node of nodes) {
      const { isView, activation, affine } = operatorOf(node);
      const { opType } = node;
      const output = types.get(node.outputs[0]!);
      if (!output) return undefined;
      if (isView || dimsRead.has(opType)) {
        for (const name of node.inputs) {
          const dims = (constants.get(name) ?? types.get(name))?.dims;
          premises += dims && sameDims(dims, output.dims) ? '=' : dims && sizeOf(dims) === 1 ? '1' : '!';
        }
      }
      if (!activation && !affine && !constantsRead.has(opType)) continue;
      premises += output.dims.length;
      for (const name of node.inputs) {
        const constant = constants.get(name);
        if (!constant || this.#graph.constants.get(name) === constant) continue;
        if (sizeOf(constant.dims) > MAX_COMPARED) return undefined;
        premises += `(${constant.type} ${constant.load().data})`;
      }
    }
    return premises;
  }
}

/** A graph with the types of values that rewrites made. */
function typed(graph: TypedGraph): TypedGraph {
  const types = new Map(graph.types);
  for (const node of graph.nodes) {
    if (types.has(node.outputs[0]!)) continue;
    const inferred = primitiveOf(node).infer(nodeView(node, types, graph.constants)!);
    for (const [at, type] of inferred.entries()) types.set(node.outputs[at]!, type);
  }
  return { ...graph, types };
}

function merged<K, V>(first: ReadonlyMap<K, V>, second: ReadonlyMap<K, V>): Map<K, V> {
  return new Map([...first, ...second]);
}

/** Whether two lists have the same nodes; those that others consist of are made anew each time. */
function sameNodes(before: readonly GraphNode[], nodes: readonly GraphNode[]): boolean {
  return (
    before.length === nodes.length &&
    before.every((node, at) => node === nodes[at] || sameValue(node, nodes[at]))
  );
}

/** The first segment as `Simplifier` makes it, once. */
export function simplify(
  graph: Body,
  inputs: ReadonlyMap<string, ValueType>,
  limits: Limits,
  fuse: boolean,
): TypedGraph {
  return new Simplifier(graph, limits, fuse).simplify(inputs).segment;
}
