import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { broadcastDims, expand } from './broadcast.ts';
import type { Operator } from './operator.ts';
import { requireBool, requireSameType } from './types.ts';

export const where: Operator = {
  opType: 'Where',
  since: 9,
  inputs: [3, 3],
  infer(node) {
    requireBool(node, 0);
    requireSameType(node, [1, 2]);
    return [
      {
        type: node.input(1).type,
        dims: broadcastDims(
          node,
          node.present.map(({ dims }) => dims),
        ),
      },
    ];
  },
  evaluate(_node, [condition, x, y], [out]) {
    const { type, dims } = out!;
    const choose = expand(condition!, dims).data as Uint8Array;
    const a = expand(x!, dims).data as Float32Array;
    const b = expand(y!, dims).data as Float32Array;
    const to = allocate(type, sizeOf(dims)) as Float32Array;
    for (let i = 0; i < to.length; i++) to[i] = choose[i] ? a[i]! : b[i]!;
    return [new Tensor(type, to as never, dims)];
  },
};
