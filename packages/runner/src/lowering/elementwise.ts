import type { BinaryFunction, UnaryFunction } from '@zeroskip/kernels';
import { sameDims } from '../model/dims.ts';
import type { InputValue, NodeView } from '../model/node-view.ts';
import type { Lowering } from './lowering.ts';
import { aligned, broadcastsByMapAxis, densePlace, mapShape, type Order, type Place } from './place.ts';
import { lowerReshape } from './reshape.ts';

/** Operands of an element-wise operator, in maps of one order. */
interface ElementwisePlaces {
  readonly operands: Place[];
  /** A home for the node's output in the same order. */
  output(node: NodeView, index: number): Place;
}

/**
 * Operands under the dims they broadcast to, in whichever order needs fewer conversions; undefined where an
 * operand does not broadcast by whole map axes, or is not float32.
 */
export function elementwise(
  lowering: Lowering,
  outDims: readonly number[],
  operands: readonly InputValue[],
): ElementwisePlaces | undefined {
  if (operands.some(({ type, dims }) => type !== 'float32' || dims.length > outDims.length)) return undefined;
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

export function lowerBinary(
  lowering: Lowering,
  node: NodeView,
  name: BinaryFunction,
  a: InputValue,
  b: InputValue,
): boolean {
  const outDims = lowering.values.type(node.node.outputs[0]!).dims;
  const full = [a, b].map((operand) => sameDims(operand.dims, outDims));
  const commutes = name !== 'sub' && name !== 'div' && name !== 'pow';
  if (!full[0] && (!full[1] || name === 'pow')) return false;
  const places = elementwise(lowering, outDims, [a, b]);
  if (!places) return false;
  const [x, y] = places.operands as [Place, Place];
  const { activation } = node.node;
  if (full[0]) {
    lowering.emitBinary(name, x, y, places.output(node, 0), activation);
  } else if (commutes) {
    lowering.emitBinary(name, y, x, places.output(node, 0), activation);
  } else {
    // a - b = a + (-b) and a / b = (1 / b) · a, with the full operand first.
    const turned = lowering.temporary(y);
    lowering.emitUnary(name === 'sub' ? 'neg' : 'reciprocal', y, turned);
    lowering.emitBinary(name === 'sub' ? 'add' : 'mul', turned, x, places.output(node, 0), activation);
  }
  return true;
}

/** `inputs` combined one after the other by a function whose order does not matter, then divided. */
export function lowerChain(
  lowering: Lowering,
  node: NodeView,
  name: BinaryFunction,
  inputs: readonly InputValue[],
  divisor: number,
): boolean {
  const outDims = lowering.values.type(node.node.outputs[0]!).dims;
  if (inputs.length === 1) return lowerReshape(lowering, node, outDims);
  const first = inputs.findIndex(({ dims }) => sameDims(dims, outDims));
  if (first < 0) return false;
  const places = elementwise(lowering, outDims, inputs);
  if (!places) return false;
  const [start] = places.operands.splice(first, 1) as [Place];
  let sum = start;
  for (const [i, operand] of places.operands.entries()) {
    const last = i === places.operands.length - 1 && divisor === 1;
    const target = last ? places.output(node, 0) : sum === start ? lowering.temporary(start) : sum;
    lowering.emitBinary(name, sum, operand, target);
    sum = target;
  }
  if (divisor !== 1)
    lowering.emitBinary('div', sum, lowering.perChannel(new Float32Array([divisor])), places.output(node, 0));
  return true;
}
