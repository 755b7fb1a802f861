import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { lowerRepeat } from '../lowering/select.ts';
import { stridesOf } from '../model/dims.ts';
import type { NodeView } from '../model/node-view.ts';
import { broadcastDims, expand } from './broadcast.ts';
import { type Operator, sameDensity } from './operator.ts';
import { gatherStrided } from './strides.ts';

const expandOperator: Operator = {
  opType: 'Expand',
  since: 8,
  inputs: [2, 2],
  shapeInputs: [1],
  isView: true,
  infer(node) {
    const { type, dims } = node.input(0);
    return [{ type, dims: broadcastDims(node, [dims, node.dimsOperand(1, 'the new dims')]) }];
  },
  evaluate: (_node, [x], [out]) => [expand(x!, out!.dims)],
  lower: (node, lowering, [out]) => lowerRepeat(lowering, node, out!.dims),
};

/** How often each axis is repeated. Before operator set 6 one axis was, as inputs 1 (how often) and 2 (the axis) say. */
function repeatsOf(node: NodeView): number[] {
  if (node.opset >= 6) return node.dimsOperand(1, 'repeats');
  const { dims } = node.input(0);
  const [[tiles], [axis]] = [node.dimsOperand(1, 'tiles'), node.requiredOperand(2, 1)];
  const at = node.normalizeAxis(axis!, dims.length, 'input 2');
  return dims.map((_, i) => (i === at ? tiles! : 1));
}

const tile: Operator = {
  opType: 'Tile',
  inputs: [2, 3],
  shapeInputs: [1, 2],
  density: sameDensity,
  infer(node) {
    const { type, dims } = node.input(0);
    const repeats = repeatsOf(node);
    if (repeats.length !== dims.length) throw node.error('repeats', `${dims.length} values`, repeats);
    return [{ type, dims: dims.map((dim, axis) => dim * repeats[axis]!) }];
  },
  /** The output under dims [repeat, dim, …] is the input with stride 0 along the repeats. */
  evaluate(_node, [x], [out]) {
    const { type, dims } = out!;
    const to = allocate(type, sizeOf(dims));
    if (to.length > 0) {
      const strides = stridesOf(x!.dims);
      const split = x!.dims.flatMap((dim, axis) => [dims[axis]! / dim, dim]);
      gatherStrided(
        x!.data as Float32Array,
        to as Float32Array,
        split,
        strides.flatMap((stride) => [0, stride]),
      );
    }
    return [new Tensor(type, to, dims)];
  },
  lower: (node, lowering, [out]) => lowerRepeat(lowering, node, out!.dims),
};

export const expandOperators: Operator[] = [expandOperator, tile];
