import { sizeOf } from '@zeroskip/tensor';
import type { NodeView } from '../model/node-view.ts';
import type { Lowering } from './lowering.ts';
import { densePlace } from './place.ts';

export function lowerSoftmax(lowering: Lowering, node: NodeView, axis: number, end: number): boolean {
  const input = node.input(0);
  const { dims } = input;
  if (sizeOf(dims) === 0) return false;
  if (axis === 1 && end === 2 && dims.length > 2) {
    lowering.emit({ op: 'softmax', input: lowering.map(input), output: lowering.output(node, 0) });
    return true;
  }
  if (sizeOf(dims.slice(end)) !== 1) return false;
  const shape = { n: 1, h: sizeOf(dims.slice(0, axis)), w: 1, c: sizeOf(dims.slice(axis, end)) };
  const from = lowering.values.rows(input.name);
  const to = lowering.values.defineRows(node.node.outputs[0]!);
  lowering.emit({
    op: 'softmax',
    input: densePlace(from.region, shape, from.offset),
    output: densePlace(to.region, shape, to.offset),
  });
  return true;
}
