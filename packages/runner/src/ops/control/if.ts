import type { NodeView, Subgraph } from '@zeroskip/onnx';
import { inlined } from '../common/inlined.ts';
import { type Composite, MANY } from '../common/operator.ts';
import { bools } from '../common/types.ts';

function branchOf(node: NodeView, name: string): Subgraph {
  const branch = node.graph(name);
  if (branch.inputs.length > 0) throw node.error(`inputs of attribute ${name}`, 'none', branch.inputs.length);
  const count = node.node.outputs.length;
  if (branch.outputs.length !== count)
    throw node.error(`outputs of attribute ${name}`, String(count), branch.outputs.length);
  return branch;
}

const branches = (node: NodeView) => [branchOf(node, 'then_branch'), branchOf(node, 'else_branch')] as const;

/**
 * Stands for the branch that its condition names, where that is a constant or follows from dims; else that branch is
 * run when the condition is there.
 */
export const ifOperator: Composite = {
  opType: 'If',
  inputs: [1, 1],
  types: [bools],
  outputs: [1, MANY],
  shapeInputs: [0],
  decompose(node, names) {
    const [then, otherwise] = branches(node);
    return inlined(node.node, node.constant(0).data[0] ? then : otherwise, names);
  },
  run(node, _inputs, context) {
    const [then, otherwise] = branches(node);
    return context.runGraph(node.requiredOperand(0, 1)[0] ? then : otherwise, []);
  },
};
