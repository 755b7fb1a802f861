import { atNode, constantFrom, type GraphNode, type Limits, NodeView, nodeError } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { runRoutine } from '../../ops/common/evaluate.ts';
import type { RunContext } from '../../ops/common/operator.ts';
import { checkTypes } from '../../ops/common/types.ts';
import { operatorOf } from '../../ops/index.ts';
import { foldConstants } from '../../passes/fold-constants.ts';
import type { Rest } from '../../passes/split.ts';
import { kept } from '../../values/kept.ts';
import { bytesOf, isSequence, kindOf, type Value, type Values } from '../../values/value.ts';
import type { Work } from '../../values/work.ts';
import type { RunState } from './run-state.ts';

interface ReadyContext {
  readonly limits: Limits;
  readonly state: RunState;
  readonly runGraph: RunContext['runGraph'];
}

/** A node of tensors by its definition, which is what loading computes constants by. */
function computed(node: GraphNode, inputs: readonly (Value | undefined)[], limits: Limits): Value[] {
  const constants = new Map(
    node.inputs.flatMap((name, index) => {
      const value = inputs[index];
      if (value === undefined) return [];
      if (value instanceof Tensor) return [[name, constantFrom(value)] as const];
      throw nodeError(node, `input ${index}`, 'a tensor', kindOf(value), 'ERR_INVALID_TYPE');
    }),
  );
  const outputs = node.outputs.filter((name) => name !== '').map((name) => ({ name }));
  const graph = { nodes: [node], inputs: [], outputs, constants };
  const folded = foldConstants(graph, new Map(), { ...limits, maxFoldedBytes: limits.maxRunBytes });
  return node.outputs.map((name) => (name === '' ? null : folded.constants.get(name)!.load()));
}

function runContext(node: GraphNode, { limits, state, runGraph }: ReadyContext): RunContext {
  return {
    limits,
    runGraph,
    *iterate() {
      state.signal?.throwIfAborted();
      if (++state.iterations > limits.maxIterations) {
        const expected = `at most ${limits.maxIterations}`;
        throw nodeError(node, 'number of iterations', expected, 'more', 'ERR_LIMIT_EXCEEDED');
      }
      yield* state.turns.pause();
    },
  };
}

function* outputsOf(
  node: GraphNode,
  inputs: readonly (Value | undefined)[],
  context: ReadyContext,
): Work<readonly Value[]> {
  const operator = operatorOf(node);
  if (!operator.run) return computed(node, inputs, context.limits);
  const known = inputs.map((value, index) =>
    value instanceof Tensor
      ? { name: node.inputs[index]!, type: value.type, dims: value.dims, constant: constantFrom(value) }
      : undefined,
  );
  const view = new NodeView(node, known);
  checkTypes(operator, view);
  return yield* runRoutine({ run: operator.run }, view, inputs, runContext(node, context));
}

function checkBytes(node: GraphNode, value: Value, { maxRunBytes }: Limits): void {
  const bytes = isSequence(value) ? bytesOf(value) : 0;
  if (bytes <= maxRunBytes) return;
  throw nodeError(node, 'bytes of the sequence', `at most ${maxRunBytes}`, bytes, 'ERR_LIMIT_EXCEEDED');
}

/** Runs the nodes between two segments, one after the other. @returns their outputs by name */
export function* runReady(rest: Rest, values: Values, context: ReadyContext): Work<Map<string, Value>> {
  const { state, limits } = context;
  const { constants } = rest.graph;
  state.shared = true;
  const found = new Map<string, Value>();
  for (const node of rest.ready) {
    state.signal?.throwIfAborted();
    const start = performance.now();
    const inputs = node.inputs.map((name) => {
      const constant = constants.get(name);
      return constant ? kept(constant) : values.get(name);
    });
    try {
      const outputs = yield* outputsOf(node, inputs, context);
      for (const [i, name] of node.outputs.entries()) {
        if (name === '') continue;
        checkBytes(node, outputs[i]!, limits);
        found.set(name, outputs[i]!);
      }
    } catch (error) {
      throw atNode(node, error);
    }
    state.collector?.add(node, performance.now() - start);
    yield* state.turns.pause();
  }
  return found;
}
