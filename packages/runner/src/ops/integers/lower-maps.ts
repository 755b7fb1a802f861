import type { InputValue, NodeView, ValueType } from '@zeroskip/onnx';
import { type ElementType, sizeOf } from '@zeroskip/tensor';
import { elementwise } from '../../lowering/elementwise.ts';
import type { Lowering } from '../../lowering/lowering.ts';
import { isByte, type Place } from '../../lowering/place.ts';

/** What integers stand for: `scale · (q - zero)`. */
interface Quantization {
  readonly scale: number;
  readonly zero: number;
}

/** The one number of a constant, and `absent` where there is no input. */
export function numberOf(input: InputValue | undefined, absent?: number): number | undefined {
  if (!input) return absent;
  return input.constant && sizeOf(input.dims) === 1 ? Number(input.constant.load().data[0]) : undefined;
}

/** Scale and zero point that all elements have, of inputs 1 and 2; undefined where native steps do not take them. */
function quantizationOf(node: NodeView): Quantization | undefined {
  const [scale, zero] = [numberOf(node.inputs[1]), numberOf(node.inputs[2], 0)];
  if (scale === undefined || zero === undefined || !(scale > 0 && scale < Number.POSITIVE_INFINITY))
    return undefined;
  return { scale, zero };
}

/** The first input, and a home for the output in the same order. */
function inItsOrder(lowering: Lowering, node: NodeView): { from: Place; to: Place } {
  const { name } = node.input(0);
  const output = node.node.outputs[0]!;
  const { values } = lowering;
  if (values.prefersRows(name)) return { from: values.rows(name), to: values.defineRows(output) };
  return { from: values.map(name), to: values.defineMap(output) };
}

export function lowerQuantization(node: NodeView, lowering: Lowering, [out]: readonly ValueType[]): boolean {
  const how = quantizationOf(node);
  if (!how || node.input(0).type !== 'float32' || !isByte(out!.type)) return false;
  const { from, to } = inItsOrder(lowering, node);
  lowering.emitCopy(from, { ...to, ...how });
  return true;
}

export function lowerDequantization(
  node: NodeView,
  lowering: Lowering,
  [out]: readonly ValueType[],
): boolean {
  const how = quantizationOf(node);
  const input = node.input(0);
  if (!how || out!.type !== 'float32' || !isByte(input.type) || input.constant) return false;
  const { from, to } = inItsOrder(lowering, node);
  lowering.emitCopy({ ...from, ...how }, to);
  return true;
}

/** Types whose values the main thread copies to floats. */
const copied: ReadonlySet<ElementType> = new Set(['int16', 'uint16', 'int32', 'uint32', 'float64']);

/** From integers to floats, as numbers, and from floats to whether they are not 0. */
export function lowerCast(node: NodeView, lowering: Lowering, [out]: readonly ValueType[]): boolean {
  const input = node.input(0);
  if (out!.type === 'bool') {
    const places = elementwise(lowering, out!.dims, [input]);
    if (!places) return false;
    lowering.emitBinary('notEqual', places.operands[0]!, lowering.number(0), places.output(node, 0));
    return true;
  }
  if (out!.type !== 'float32' || input.constant) return false;
  if (copied.has(input.type)) {
    lowering.values.defineFrom(node.node.outputs[0]!, input.name);
    return true;
  }
  if (!isByte(input.type)) return false;
  const { from, to } = inItsOrder(lowering, node);
  lowering.emitCopy(from, to);
  return true;
}

/** A scale and a zero point, and the quantized map only where something reads it on the main thread. */
export function lowerDynamicQuantization(node: NodeView, lowering: Lowering): boolean {
  if (node.hasOutput(0)) return false;
  const { values } = lowering;
  const { name } = node.input(0);
  const [, scale, zero] = node.node.outputs;
  const parameters = lowering.temporary({ n: 1, h: 1, w: 1, c: 2 });
  const input = values.prefersRows(name) ? values.rows(name) : values.map(name);
  lowering.emit({ op: 'range', input, output: parameters });
  const one = { n: 1, h: 1, w: 1, c: 1, pixelStride: 1 };
  const { region } = parameters;
  if (scale) values.aliasRows(scale, { region, offset: 0, ...one });
  // A byte behind the first float.
  if (zero)
    values.aliasRows(zero, { region, offset: Float32Array.BYTES_PER_ELEMENT, ...one, element: 'uint8' });
  return true;
}
