import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { lowerTranspose } from '../lowering/transpose.ts';
import { stridesOf } from '../model/dims.ts';
import type { NodeView } from '../model/node-view.ts';
import { type Operator, sameDensity } from './operator.ts';
import { gatherStrided } from './strides.ts';

function permutation(node: NodeView): number[] {
  const rank = node.input(0).dims.length;
  const perm = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (perm.length !== rank || new Set(perm).size !== rank || perm.some((axis) => axis < 0 || axis >= rank)) {
    throw node.error('attribute perm', `a permutation of 0..${rank - 1}`, perm);
  }
  return perm;
}

export const transpose: Operator = {
  opType: 'Transpose',
  inputs: [1, 1],
  cheap: true,
  density: sameDensity,
  infer(node) {
    const { type, dims } = node.input(0);
    return [{ type, dims: permutation(node).map((axis) => dims[axis]!) }];
  },
  evaluate(node, [x], [out]) {
    const { type, dims } = out!;
    const strides = stridesOf(x!.dims);
    const to = allocate(type, sizeOf(dims));
    gatherStrided(
      x!.data as Float32Array,
      to as Float32Array,
      dims,
      permutation(node).map((axis) => strides[axis]!),
    );
    return [new Tensor(type, to, dims)];
  },
  lower: (node, lowering, [out]) => lowerTranspose(lowering, node, permutation(node), out!.dims),
};
