import type { NodeView, Subgraph } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { kindOf, type Value } from '../../values/value.ts';
import { MANY, type Routine } from '../common/operator.ts';
import { ScanOutput } from './scan-output.ts';

function bodyOf(node: NodeView): Subgraph {
  const body = node.graph('body');
  const [inputs, outputs] = [node.node.inputs.length, node.node.outputs.length];
  if (inputs < 2 || body.inputs.length !== inputs)
    throw node.error('inputs of attribute body', String(Math.max(inputs, 2)), body.inputs.length);
  if (body.outputs.length !== outputs + 1 || outputs < inputs - 2)
    throw node.error(
      'outputs of attribute body',
      String(Math.max(outputs, inputs - 2) + 1),
      body.outputs.length,
    );
  return body;
}

function condition(node: NodeView, value: Value): boolean {
  if (value instanceof Tensor && value.type === 'bool' && value.size === 1) return value.data[0] !== 0;
  const received = value instanceof Tensor ? `${value.type} [${value.dims}]` : kindOf(value);
  throw node.error('the condition', 'one bool', received, 'ERR_INVALID_TYPE');
}

/** Runs its graph as often as it says, and as long as a condition holds. */
export const loop: Routine = {
  opType: 'Loop',
  inputs: [0, MANY],
  outputs: [1, MANY],
  *run(node, inputs, context) {
    const body = bodyOf(node);
    const trips = node.hasInput(0) ? node.requiredOperand(0, 1)[0]! : Number.POSITIVE_INFINITY;
    let goes = inputs[1] === undefined || condition(node, inputs[1]);
    let carried: readonly Value[] = inputs.slice(2).map((value) => value ?? null);
    const scanned = body.outputs
      .slice(1 + carried.length)
      .map((output) => new ScanOutput(node, output, context.limits));
    for (let trip = 0; goes && trip < trips; trip++) {
      yield* context.iterate();
      const counter = new Tensor('int64', [BigInt(trip)], []);
      const [next, ...results] = yield* context.runGraph(body, [
        counter,
        new Tensor('bool', [true], []),
        ...carried,
      ]);
      goes = condition(node, next!);
      for (const [i, output] of scanned.entries()) output.add(results[carried.length + i]!);
      carried = results.slice(0, carried.length);
    }
    return [...carried, ...scanned.map((output) => output.result())];
  },
};
