import { Tensor } from '@zeroskip/tensor';
import { seededRandom } from '@zeroskip/test-utils';
import { constantFrom, freshNames, type Graph, type GraphNode } from '../../../../src/model/graph.ts';
import { nodeView } from '../../../../src/model/typed-graph.ts';
import { evaluateNode } from '../../../../src/ops/common/evaluate.ts';
import { isFloat } from '../../../../src/ops/common/types.ts';
import { operatorOf } from '../../../../src/ops/index.ts';

/** How far each value is moved, relatively, to see how much of it reaches the outputs. */
const DISTURBANCE = 2 ** -15;
/** Errors of rounding that one disturbance of all values stands for. */
const TIMES = 4;
const RELATIVE_TO_LARGEST = 2 ** -18;
const SMALLEST = 2 ** -100;
/** Beyond this, what one order of the operations overflows another may not. */
const LARGEST = 1e30;

/** Every value of a graph, node by node as operators define them: no pass, no native step. */
export function evaluateUnfused(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  disturbed: (tensor: Tensor) => Tensor = (tensor) => tensor,
): Map<string, Tensor> {
  const values = new Map([...graph.constants].map(([name, constant]) => [name, constant.load()]));
  const known = new Map(graph.constants);
  const fed = new Set<string>();
  const define = (name: string, tensor: Tensor, isFed: boolean) => {
    const value = isFed ? disturbed(tensor) : tensor;
    values.set(name, value);
    known.set(name, constantFrom(value));
    if (isFed) fed.add(name);
  };
  for (const [name, tensor] of Object.entries(feeds)) define(name, tensor, true);
  const names = freshNames(graph);
  const evaluate = (node: GraphNode) => {
    const operator = operatorOf(node);
    const view = nodeView(node, new Map(), known)!;
    const parts = 'decompose' in operator ? operator.decompose?.(view, names) : undefined;
    for (const [name, constant] of parts?.constants ?? []) define(name, constant.load(), false);
    for (const part of parts?.nodes ?? []) evaluate(part);
    if (parts || !('infer' in operator)) return;
    const inputs = node.inputs.map((name) => values.get(name));
    const outputs = evaluateNode(operator, view, inputs, operator.infer(view));
    const isFed = node.inputs.some((name) => fed.has(name));
    for (const [i, name] of node.outputs.entries()) if (name !== '') define(name, outputs[i]!, isFed);
  };
  for (const node of graph.nodes) evaluate(node);
  return values;
}

/** Moves each element of float tensors by a random part of `DISTURBANCE`. */
function disturbance(): (tensor: Tensor) => Tensor {
  const random = seededRandom(1);
  return (tensor) => {
    if (!isFloat(tensor.type)) return tensor;
    const data = (tensor.data as Float32Array).map((value) => value * (1 + DISTURBANCE * (2 * random() - 1)));
    return new Tensor(tensor.type, data as never, tensor.dims);
  };
}

/** The first element that is further away than `tolerance`, in words. */
function firstDeviation(actual: Tensor, expected: Tensor, tolerance: number): string | undefined {
  if (actual.type !== expected.type) return `type ${actual.type} instead of ${expected.type}`;
  if (actual.dims.join() !== expected.dims.join())
    return `dims [${actual.dims}] instead of [${expected.dims}]`;
  for (let i = 0; i < expected.size; i++) {
    const [a, b] = [actual.data[i]!, expected.data[i]!];
    if (Object.is(a, b) || a === b) continue;
    if (typeof a === 'bigint' || typeof b === 'bigint' || !(Math.abs(a - b) <= tolerance)) {
      return `element ${i}: ${a} instead of ${b}, where rounding makes ${tolerance}`;
    }
  }
  return undefined;
}

/**
 * What a graph computes by definition. How far rounding may carry an output is measured where it is needed: values that
 * were disturbed all along the way, by far more than rounding does, tell how strongly the output depends on them.
 */
export class Definition {
  readonly #graph: Graph;
  readonly #feeds: Readonly<Record<string, Tensor>>;
  readonly #exact: Map<string, Tensor>;
  #moved: Map<string, Tensor> | undefined;

  constructor(graph: Graph, feeds: Readonly<Record<string, Tensor>>) {
    this.#graph = graph;
    this.#feeds = feeds;
    this.#exact = evaluateUnfused(graph, feeds);
  }

  /** Where `actual` is further away from value `name` than rounding carries it, in words. */
  deviation(name: string, actual: Tensor): string | undefined {
    const expected = this.#exact.get(name)!;
    if (!isFloat(expected.type)) return firstDeviation(actual, expected, 0);
    const finite = (expected.data as Float32Array).filter(Number.isFinite);
    const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const least = RELATIVE_TO_LARGEST * largest + SMALLEST;
    if (largest > LARGEST || firstDeviation(actual, expected, least) === undefined) return undefined;
    this.#moved ??= evaluateUnfused(this.#graph, this.#feeds, disturbance());
    const moved = this.#moved.get(name)!.data;
    const distances = Array.from(expected.data as Float32Array, (value, i) =>
      Number.isFinite(value) ? Math.abs(value - Number(moved[i])) : 0,
    );
    if (distances.some(Number.isNaN)) return undefined;
    return firstDeviation(actual, expected, TIMES * Math.max(0, ...distances) + least);
  }
}
