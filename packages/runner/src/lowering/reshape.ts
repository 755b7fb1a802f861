import type { NodeView } from '@zeroskip/onnx';
import type { Lowering } from './lowering.ts';
import { mapShape, regrouped } from './place.ts';

/** The first input's elements under other dims: no step where their order in memory stays the same. */
export function lowerReshape(lowering: Lowering, node: NodeView, outDims: readonly number[]): boolean {
  const input = node.input(0);
  if (!lowering.isNative(input)) return false;
  const name = node.node.outputs[0]!;
  const shape = mapShape(outDims, 'channelsLast');
  const own = mapShape(input.dims, 'channelsLast');
  const isMap = shape.n === own.n && shape.c === own.c && !lowering.values.prefersRows(input.name);
  const map = isMap ? regrouped(lowering.map(input), shape) : undefined;
  if (map) lowering.values.aliasMap(name, map);
  else lowering.values.aliasRows(name, lowering.values.rows(input.name));
  return true;
}
