import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { gatherBlocks } from '../lowering/gather-blocks.ts';
import type { Lowering } from '../lowering/lowering.ts';
import { aligned, isInFloats } from '../lowering/place.ts';
import { emitPick } from '../lowering/select.ts';
import { gatherOfTables } from '../lowering/tables.ts';
import { broadcastDims, expand } from './common/broadcast.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { gathered } from './common/results.ts';

/** The first input repeated along its axes to fill `outDims`. */
function lowerRepeat(lowering: Lowering, node: NodeView, outDims: readonly number[]): boolean {
  const input = node.input(0);
  if (!isInFloats(input.type)) return false;
  const dims = aligned(input.dims, outDims.length);
  const tables = outDims.map((length, axis) => Int32Array.from({ length }, (_, i) => i % dims[axis]!));
  const gather = gatherOfTables(dims, tables);
  if (!gather) return false;
  const spatial = dims.length > 2 && dims.length < 5 && dims[0] === outDims[0] && dims[1] === outDims[1];
  const name = node.node.outputs[0]!;
  if (spatial) {
    const map = lowering.values.mapAs(input, dims, 'channelsLast');
    const rows = dims.length === 3 ? new Int32Array(1) : tables[2]!;
    emitPick(lowering, map, rows, tables.at(-1)!, 0, () => lowering.values.defineMap(name));
  } else {
    gatherBlocks(lowering, gather, lowering.values.rows(input.name), lowering.values.defineRows(name));
  }
  return true;
}

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

/**
 * How often each axis is repeated. Before operator set 6 one axis was, as inputs 1 (how often) and 2 (the axis) say.
 */
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
  /** The output under dims [repeat, dim, ...] is the input with stride 0 along the repeats. */
  evaluate(_node, [x], [out]) {
    const dims = x!.dims.flatMap((dim, axis) => [out!.dims[axis]! / dim, dim]);
    const strides = stridesOf(x!.dims).flatMap((stride) => [0, stride]);
    return gathered(x!, out!, strides, { dims });
  },
  lower: (node, lowering, [out]) => lowerRepeat(lowering, node, out!.dims),
};

export const expandOperators: Operator[] = [expandOperator, tile];
