import { atNode, type NodeView, nodeView, type TypedGraph, type ValueType } from '@zeroskip/onnx';
import { sizeOf, type Tensor } from '@zeroskip/tensor';
import type { Action } from '../lowering/actions.ts';
import { ConstantPool } from '../lowering/constant-pool.ts';
import { Lowering } from '../lowering/lowering.ts';
import { Values } from '../lowering/values.ts';
import { evaluateNode } from '../ops/common/evaluate.ts';
import type { Operator } from '../ops/common/operator.ts';
import { primitiveOf } from '../ops/index.ts';
import { reserveConcatenations } from './concat-in-place.ts';
import { expectedDensities } from './expected-density.ts';

interface LoweredGraph {
  readonly actions: readonly Action[];
  readonly constants: Float32Array;
}

/** Its own function, so that what is kept for runs holds nothing else of the lowering. */
function hostAction(operator: Operator, view: NodeView, types: readonly ValueType[]): Action {
  const evaluate = (inputs: readonly (Tensor | undefined)[]) => evaluateNode(operator, view, inputs, types);
  return { kind: 'host', node: view.node, types, evaluate };
}

/**
 * Turns a graph whose types are all known into actions: native steps where operators have them, evaluation on
 * the main thread between them otherwise. Inputs start, and outputs end, as tensors of the run.
 * @param pool takes the constants
 */
export function lower(graph: TypedGraph, pool = new ConstantPool()): LoweredGraph {
  const actions: Action[] = [];
  const values = new Values(graph.types, graph.constants, pool, {
    conversion: (name, step) => actions.push({ kind: 'step', origin: { name, opType: 'Reorder' }, step }),
    copy: (action) => actions.push(action),
  });
  for (const input of graph.inputs) values.defineHost(input.name);
  reserveConcatenations(graph, values);
  const lowering = new Lowering(values, pool, actions, expectedDensities(graph));
  for (const node of graph.nodes) {
    lowering.begin(node);
    const operator = primitiveOf(node);
    const view = nodeView(node, graph.types, graph.constants)!;
    // What is the one output has been inferred.
    const only = operator.outputs ? undefined : graph.types.get(node.outputs[0]!);
    const types = only ? [only] : operator.infer(view);
    const computed = view.inputs.filter((input) => input && !input.constant);
    const empty = [...computed, ...types].some((value) => sizeOf(value!.dims) === 0);
    try {
      if (!empty && operator.lower?.(view, lowering, types)) continue;
    } catch (error) {
      throw atNode(node, error);
    }
    for (const name of node.inputs) if (name !== '') values.toHost(name);
    actions.push(hostAction(operator, view, types));
    for (const name of node.outputs) if (name !== '') values.defineHost(name);
  }
  for (const output of graph.outputs) values.toHost(output.name);
  return { actions, constants: pool.toArray() };
}
