import { type Activation, definitionOf } from '@zeroskip/kernels';
import type { NodeView, ValueType } from '@zeroskip/onnx';
import { allocate, Tensor } from '@zeroskip/tensor';
import type { Value } from '../../values/value.ts';
import type { Work } from '../../values/work.ts';
import type { Operator, Routine, RunContext } from './operator.ts';

function activated({ type, data, dims }: Tensor, activation: Activation): Tensor {
  const f = definitionOf(activation);
  return new Tensor(type, (data as Float32Array).map((x) => f(x)) as never, dims);
}

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

/** What an operator's `run` makes of values, whether it waits meanwhile or not. */
export function* runRoutine(
  { run }: Pick<Routine, 'run'>,
  view: NodeView,
  inputs: readonly (Value | undefined)[],
  context: RunContext,
): Work<readonly Value[]> {
  const outputs = run(view, inputs, context);
  return 'next' in outputs ? yield* outputs : outputs;
}
