import { elementwise } from '../lowering/elementwise.ts';
import { broadcastDims, zip } from './common/broadcast.ts';
import { alignedOperand } from './common/composite.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { floats } from './common/types.ts';

export const prelu: Operator = {
  opType: 'PRelu',
  limits: 'Native where the slope broadcasts by whole axes of the map.',
  inputs: [2, 2],
  types: [floats, 0],
  /** Before operator set 7 a slope for each channel stood alone. */
  decompose(node, names) {
    const { dims } = node.input(1);
    const perChannel = node.opset < 7 && dims.length === 1 && dims[0] !== 1 && node.input(0).dims.length > 1;
    return perChannel ? alignedOperand(node, names, 1) : undefined;
  },
  infer(node) {
    const { type, dims } = node.input(0);
    const out = broadcastDims(node, [dims, node.input(1).dims]);
    if (out.length !== dims.length || out.some((dim, axis) => dim !== dims[axis])) {
      throw node.error('dims of input 1', `dims that broadcast to [${dims.join(', ')}]`, node.input(1).dims);
    }
    return [{ type, dims }];
  },
  evaluate(_node, [x, slope], [out]) {
    return filled(out!, (to) => {
      zip<number, number>(x!, slope!, to, out!.dims, (value, factor) => (value < 0 ? value * factor : value));
    });
  },
  /** max(x, 0) + slope · min(x, 0). */
  lower(node, lowering) {
    const places = elementwise(lowering, node.input(0).dims, [node.input(0), node.input(1)]);
    if (!places) return false;
    const [x, slope] = places.operands as [(typeof places.operands)[0], (typeof places.operands)[0]];
    const code = [
      { function: 'relu', a: 0 },
      { function: 'clip', a: 0, alpha: Number.NEGATIVE_INFINITY, beta: 0 },
      { function: 'mul', a: 3, b: 1 },
      { function: 'add', a: 2, b: 4 },
    ] as const;
    lowering.emit({ op: 'elementwise', inputs: [x, slope], code, output: places.output(node, 0) });
    return true;
  },
};
