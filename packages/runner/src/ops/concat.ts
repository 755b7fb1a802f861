import type { InputValue, NodeView } from '@zeroskip/onnx';
import { sizeOf, type Tensor } from '@zeroskip/tensor';
import type { Lowering } from '../lowering/lowering.ts';
import { mapShape, reshaped, type SubMap, samePlace, singleAxes, subPlace } from '../lowering/place.ts';
import { lowerReshape } from '../lowering/reshape.ts';
import { MANY, type Operator } from './common/operator.ts';
import { joined } from './common/pieces.ts';
import { anyType } from './common/types.ts';

export function concatAxis(node: NodeView): number {
  return node.axis(node.input(0).dims.length, node.opset < 4 ? 1 : undefined);
}

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
    parts.push({ ...whole, [key]: [start, dims[axis]!] });
    start += dims[axis]!;
  }
  return parts;
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
    const target = { ...reshaped(output, shape), offset: output.offset + column, pixelStride: width };
    if (length * prefix > 0) lowering.emitCopy(reshaped(rows, shape), target);
    column += length;
  }
}

export const concat: Operator = {
  opType: 'Concat',
  inputs: [1, MANY],
  types: [anyType, 0],
  isView: 'alone',
  density(inputs, { present }) {
    const sizes = present.map(({ dims }) => sizeOf(dims));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    return total === 0 ? 1 : inputs.reduce((sum, density, i) => sum + density * sizes[i]!, 0) / total;
  },
  infer(node) {
    const inputs = node.present;
    const [first] = inputs;
    const axis = concatAxis(node);
    for (const [index, { dims }] of inputs.entries()) {
      const fits =
        dims.length === first!.dims.length && dims.every((dim, i) => i === axis || dim === first!.dims[i]);
      if (!fits) {
        const expected = first!.dims.map((dim, i) => (i === axis ? 'any' : dim)).join(', ');
        throw node.error(`dims of input ${index}`, `[${expected}]`, dims, 'ERR_INVALID_SHAPE');
      }
    }
    const total = inputs.reduce((sum, { dims }) => sum + dims[axis]!, 0);
    return [{ type: first!.type, dims: first!.dims.map((dim, i) => (i === axis ? total : dim)) }];
  },
  evaluate(node, inputs) {
    return [joined(inputs as Tensor[], concatAxis(node))];
  },
  lower(node, lowering, [out]) {
    const axis = concatAxis(node);
    const outDims = out!.dims;
    const inputs = node.present;
    if (!inputs.every((input) => lowering.isNative(input))) return false;
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
      const target = subPlace(output, parts[i]!);
      if (target.n * target.h * target.w * target.c === 0) continue;
      const from = lowering.map(input);
      if (!samePlace(from, target)) lowering.emitCopy(from, target);
    }
    return true;
  },
};
