import type { UnaryFunction } from '@zeroskip/kernels';
import type { InputValue, NodeView } from '@zeroskip/onnx';
import type { Lowering } from './lowering.ts';
import {
  aligned,
  broadcastsByMapAxis,
  densePlace,
  isInFloats,
  mapShape,
  type Order,
  type Place,
} from './place.ts';

/** Operands of an element-wise operator, in maps of one order. */
interface ElementwisePlaces {
  readonly operands: Place[];
  /** A home for the node's output in the same order. */
  output(node: NodeView, index: number): Place;
}

/**
 * Operands under the dims they broadcast to, in whichever order needs fewer conversions; undefined where an
 * operand does not broadcast by whole map axes, or is neither float32 nor bool.
 */
export function elementwise(
  lowering: Lowering,
  outDims: readonly number[],
  operands: readonly InputValue[],
): ElementwisePlaces | undefined {
  if (operands.some(({ type, dims }) => !isInFloats(type) || dims.length > outDims.length)) return undefined;
  const computed = operands.filter(({ constant }) => !constant);
  const rowsFirst = computed.length > 0 && computed.every(({ name }) => lowering.values.prefersRows(name));
  const orders: readonly Order[] = rowsFirst ? ['rowMajor', 'channelsLast'] : ['channelsLast', 'rowMajor'];
  const shapes = operands.map(({ dims }) => aligned(dims, outDims.length));
  const order = orders.find((candidate) =>
    shapes.every((dims) => broadcastsByMapAxis(dims, outDims, candidate)),
  );
  if (!order) return undefined;
  return {
    operands: operands.map((operand, i) => lowering.values.mapAs(operand, shapes[i]!, order)),
    output: (node, index) => {
      const name = node.node.outputs[index]!;
      if (order === 'channelsLast') return lowering.values.defineMap(name);
      const rows = lowering.values.defineRows(name);
      return densePlace(rows.region, mapShape(outDims, 'rowMajor'), rows.offset);
    },
  };
}

export function lowerUnary(
  lowering: Lowering,
  node: NodeView,
  name: UnaryFunction,
  alpha: number,
  beta: number,
): boolean {
  const input = node.input(0);
  const places = elementwise(lowering, input.dims, [input]);
  if (!places) return false;
  lowering.emitUnary(name, places.operands[0]!, places.output(node, 0), alpha, beta);
  return true;
}
