import { allocate, Tensor } from '@zeroskip/tensor';
import type { ValueType } from '../model/graph.ts';
import type { NodeView } from '../model/node-view.ts';
import { activated } from './activation.ts';
import type { Operator } from './operator.ts';

/** Evaluates one node on the main thread, its fused activation included. */
export function evaluateNode(
  operator: Operator,
  view: NodeView,
  inputs: readonly (Tensor | undefined)[],
  types: readonly ValueType[],
): Tensor[] {
  if (types.every(({ dims }) => dims.includes(0))) {
    return types.map(({ type, dims }) => new Tensor(type, allocate(type, 0), dims));
  }
  const outputs = operator.evaluate(view, inputs, types);
  const { activation } = view.node;
  if (activation) outputs[0] = activated(outputs[0]!, activation);
  return outputs;
}
