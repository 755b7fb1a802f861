import {
  constantFrom,
  defaultLimits,
  freshNames,
  type Graph,
  type GraphNode,
  NodeView,
  reads,
  type Subgraph,
} from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { seededRandom } from '@zeroskip/test-utils';
import { evaluateNode, runRoutine } from '../../../../src/ops/common/evaluate.ts';
import type { RunContext } from '../../../../src/ops/common/operator.ts';
import { isFloat } from '../../../../src/ops/common/types.ts';
import { operatorOf } from '../../../../src/ops/index.ts';
import { mapTensors, type Value, type Values } from '../../../../src/values/value.ts';
import { atOnce, type Work } from '../../../../src/values/work.ts';

/** How far each value is moved, relatively, to see how much of it reaches the outputs. */
const DISTURBANCE = 2 ** -15;
/** Errors of rounding that one disturbance of all values stands for. */
const TIMES = 4;
const RELATIVE_TO_LARGEST = 2 ** -18;
const SMALLEST = 2 ** -100;
/** Beyond this, what one order of the operations overflows another may not. */
const LARGEST = 1e30;

type Disturb = (tensor: Tensor) => Tensor;

/** Evaluates nodes one after the other as operators define them: no pass, no native step. */
class Evaluation {
  readonly values: Map<string, Value>;
  readonly #fed: Set<string>;
  readonly #names: (base: string) => string;
  readonly #disturbed: Disturb;

  constructor(values: Values, fed: ReadonlySet<string>, names: (base: string) => string, disturbed: Disturb) {
    this.values = new Map(values);
    this.#fed = new Set(fed);
    this.#names = names;
    this.#disturbed = disturbed;
  }

  define(name: string, value: Value, isFed: boolean): void {
    this.values.set(name, isFed ? mapTensors(value, this.#disturbed) : value);
    if (isFed) this.#fed.add(name);
  }

  evaluate(node: GraphNode): void {
    const operator = operatorOf(node);
    const inputs = node.inputs.map((name) => this.values.get(name));
    const view = new NodeView(
      node,
      inputs.map((value, i) => {
        if (!(value instanceof Tensor)) return undefined;
        return { name: node.inputs[i]!, type: value.type, dims: value.dims, constant: constantFrom(value) };
      }),
    );
    const isFed = reads(node).some((name) => this.#fed.has(name));
    const define = (outputs: readonly Value[]) => {
      for (const [i, name] of node.outputs.entries()) if (name !== '') this.define(name, outputs[i]!, isFed);
    };
    const { run } = operator;
    if (run) {
      define(atOnce(runRoutine({ run }, view, inputs, this.#context)));
      return;
    }
    const parts = 'decompose' in operator ? operator.decompose?.(view, this.#names) : undefined;
    for (const [name, constant] of parts?.constants ?? []) this.define(name, constant.load(), false);
    for (const part of parts?.nodes ?? []) this.evaluate(part);
    if (parts || !('infer' in operator)) return;
    define(evaluateNode(operator, view, inputs as Tensor[], operator.infer(view)));
  }

  get #context(): RunContext {
    return {
      limits: defaultLimits,
      *iterate() {},
      runGraph: (graph, inputs) => this.#inner(graph, inputs),
    };
  }

  *#inner(graph: Subgraph, inputs: readonly Value[]): Work<Value[]> {
    const inner = new Evaluation(this.values, this.#fed, this.#names, this.#disturbed);
    for (const [i, { name }] of graph.inputs.entries()) inner.define(name, inputs[i]!, false);
    for (const [name, constant] of graph.constants) inner.define(name, constant.load(), false);
    for (const node of graph.nodes) inner.evaluate(node);
    return graph.outputs.map(({ name }) => inner.values.get(name)!);
  }
}

/** Every value of a graph, as operators define it. */
export function evaluateUnfused(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  disturbed: Disturb = (tensor) => tensor,
): Values {
  const constants = [...graph.constants].map(([name, constant]) => [name, constant.load()] as const);
  const all = new Evaluation(new Map(constants), new Set(), freshNames(graph), disturbed);
  for (const [name, tensor] of Object.entries(feeds)) all.define(name, tensor, true);
  for (const node of graph.nodes) all.evaluate(node);
  return all.values;
}

/** Moves each element of float tensors by a random part of `DISTURBANCE`. */
function disturbance(): Disturb {
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
  readonly #exact: Values;
  #moved: Values | undefined;

  private constructor(graph: Graph, feeds: Readonly<Record<string, Tensor>>, exact: Values) {
    this.#graph = graph;
    this.#feeds = feeds;
    this.#exact = exact;
  }

  static of(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Definition {
    return new Definition(graph, feeds, evaluateUnfused(graph, feeds));
  }

  /** Where `actual` is further away from value `name` than rounding carries it, in words. */
  deviation(name: string, actual: Tensor): string | undefined {
    const expected = this.#exact.get(name) as Tensor;
    if (!isFloat(expected.type)) return firstDeviation(actual, expected, 0);
    const finite = (expected.data as Float32Array).filter(Number.isFinite);
    const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const least = RELATIVE_TO_LARGEST * largest + SMALLEST;
    if (largest > LARGEST || firstDeviation(actual, expected, least) === undefined) return undefined;
    this.#moved ??= evaluateUnfused(this.#graph, this.#feeds, disturbance());
    const moved = (this.#moved.get(name) as Tensor).data;
    const distances = Array.from(expected.data as Float32Array, (value, i) =>
      Number.isFinite(value) ? Math.abs(value - Number(moved[i])) : 0,
    );
    if (distances.some(Number.isNaN)) return undefined;
    return firstDeviation(actual, expected, TIMES * Math.max(0, ...distances) + least);
  }
}
