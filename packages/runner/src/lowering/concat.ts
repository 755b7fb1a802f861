import { sizeOf } from '@zeroskip/tensor';
import type { InputValue, NodeView } from '../model/node-view.ts';
import type { Lowering } from './lowering.ts';
import { densePlace, mapShape, type SubMap, samePlace, singleAxes, subPlace } from './place.ts';
import { lowerReshape } from './reshape.ts';

/** Where each input of a concatenation lies in the output's map; undefined where one is not a map there. */
export function concatParts(
  outDims: readonly number[],
  axis: number,
  inputs: readonly (readonly number[])[],
): SubMap[] | undefined {
  const axes = singleAxes(outDims.length);
  if (!axes) return undefined;
  const key = (['n', 'h', 'w', 'c'] as const).find((candidate) => axes[candidate] === axis);
  if (!key) return undefined;
  const shape = mapShape(outDims, 'channelsLast');
  const whole: SubMap = { n: [0, shape.n], h: [0, shape.h], w: [0, shape.w], c: [0, shape.c] };
  let start = 0;
  const parts: SubMap[] = [];
  for (const dims of inputs) {
    const part = { ...whole, [key]: [start, dims[axis]!] };
    if (!subPlace(densePlace(undefined, shape), part)) return undefined;
    parts.push(part);
    start += dims[axis]!;
  }
  return parts;
}

export function lowerConcat(
  lowering: Lowering,
  node: NodeView,
  axis: number,
  outDims: readonly number[],
): boolean {
  const inputs = node.present;
  if (inputs[0]!.type !== 'float32') return false;
  const name = node.node.outputs[0]!;
  if (inputs.length === 1) return lowerReshape(lowering, node, outDims);
  const computed = inputs.filter(({ constant }) => !constant);
  const rows = computed.every((input) => lowering.values.prefersRows(input.name));
  const parts = rows
    ? undefined
    : concatParts(
        outDims,
        axis,
        inputs.map(({ dims }) => dims),
      );
  if (!parts) {
    concatRows(lowering, inputs, axis, name, outDims);
    return true;
  }
  const output = lowering.values.defineMap(name);
  for (const [i, input] of inputs.entries()) {
    const target = subPlace(output, parts[i]!)!;
    if (target.n * target.h * target.w * target.c === 0) continue;
    const from = lowering.map(input);
    if (!samePlace(from, target)) lowering.emit({ op: 'copy', input: from, output: target });
  }
  return true;
}

/** Row-major, each input is a range of columns of a matrix. */
function concatRows(
  lowering: Lowering,
  inputs: readonly InputValue[],
  axis: number,
  name: string,
  outDims: readonly number[],
): void {
  const prefix = sizeOf(outDims.slice(0, axis));
  const width = sizeOf(outDims.slice(axis));
  const output = lowering.values.defineRows(name);
  let column = 0;
  for (const input of inputs) {
    const length = sizeOf(input.dims.slice(axis));
    const rows = lowering.values.rows(input.name);
    const shape = { n: 1, h: prefix, w: 1, c: length };
    const target = { ...densePlace(output.region, shape, output.offset + column), pixelStride: width };
    if (length * prefix > 0)
      lowering.emit({ op: 'copy', input: densePlace(rows.region, shape, rows.offset), output: target });
    column += length;
  }
}
