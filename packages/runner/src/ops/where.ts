import { elementwise } from '../lowering/elementwise.ts';
import { broadcastDims, expand } from './common/broadcast.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { anyType, bools } from './common/types.ts';

export const where: Operator = {
  opType: 'Where',
  since: 9,
  inputs: [3, 3],
  types: [bools, anyType, 1],
  infer(node) {
    const shapes = node.present.map(({ dims }) => dims);
    return [{ type: node.input(1).type, dims: broadcastDims(node, shapes) }];
  },
  evaluate(_node, [condition, x, y], [out]) {
    const { dims } = out!;
    const choose = expand(condition!, dims).data as Uint8Array;
    const a = expand(x!, dims).data as Float32Array;
    const b = expand(y!, dims).data as Float32Array;
    return filled(out!, (to) => {
      for (let i = 0; i < to.length; i++) to[i] = choose[i] ? a[i]! : b[i]!;
    });
  },
  lower(node, lowering, [out]) {
    const places = elementwise(lowering, out!.dims, node.present);
    if (!places) return false;
    const code = [
      { function: 'where', a: 1, b: 0 },
      { function: 'unless', a: 2, b: 0 },
      { function: 'add', a: 3, b: 4 },
    ] as const;
    const { operands: inputs } = places;
    lowering.emit({ op: 'elementwise', inputs, code, output: places.output(node, 0) });
    return true;
  },
};
