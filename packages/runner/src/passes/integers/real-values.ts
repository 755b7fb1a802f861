import type { Constant, GraphNode, TypedGraph } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { isByte } from '../../lowering/place.ts';

/** Integers of 8 bits, with the scale and zero point of all of them, by their names. */
export interface RealValue {
  /** The integers. */
  readonly name: string;
  readonly type: 'uint8' | 'int8';
  readonly scaleName: string;
  /** Empty where it is 0. */
  readonly zeroName: string;
  readonly scale: number;
  readonly zero: number;
}

/** Whether integers of both stand for the same numbers. */
export function sameScale(a: RealValue, b: RealValue): boolean {
  return a.type === b.type && a.scale === b.scale && a.zero === b.zero;
}

/** Integers that stand for a number, rounded to the nearest, halves to the even one. */
export function quantizedOf(value: number, { scale, zero }: RealValue): number {
  const quotient = Math.fround(value / scale);
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  return (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor) + zero;
}

function numberOf(constant: Constant | undefined): number | undefined {
  return constant && sizeOf(constant.dims) === 1 ? Number(constant.load().data[0]) : undefined;
}

/** What `node` quantizes to or from, where all its elements have one scale; `integers` is its own output or input. */
function realValue(graph: TypedGraph, node: GraphNode, integers: string): RealValue | undefined {
  const type = graph.types.get(integers)?.type;
  const [, scaleName, zeroName = ''] = node.inputs;
  const scale = numberOf(graph.constants.get(scaleName!));
  const zero = zeroName === '' ? 0 : numberOf(graph.constants.get(zeroName));
  if (!type || !isByte(type) || zero === undefined || scale === undefined) return undefined;
  const isUsual = scale > 0 && scale < Number.POSITIVE_INFINITY && node.domain === undefined;
  return isUsual ? { name: integers, type, scaleName: scaleName!, zeroName, scale, zero } : undefined;
}

/** The integers that `node` makes floats of. */
export function dequantized(graph: TypedGraph, node: GraphNode | undefined): RealValue | undefined {
  return node?.opType === 'DequantizeLinear' ? realValue(graph, node, node.inputs[0]!) : undefined;
}

/** The integers that `node` makes of floats. */
export function quantized(graph: TypedGraph, node: GraphNode | undefined): RealValue | undefined {
  return node?.opType === 'QuantizeLinear' ? realValue(graph, node, node.outputs[0]!) : undefined;
}
