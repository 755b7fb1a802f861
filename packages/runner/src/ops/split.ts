import type { NodeView, ValueType } from '@zeroskip/onnx';
import { isInFloats } from '../lowering/place.ts';
import { lowerSelect } from '../lowering/select.ts';
import { progression } from '../lowering/tables.ts';
import { MANY, type Operator, sameDensity } from './common/operator.ts';
import { piece } from './common/pieces.ts';

function splitSizes(node: NodeView, dim: number): readonly number[] {
  const given = node.intsOf('split', 1);
  const count = node.node.outputs.length;
  if (given) {
    const sum = given.reduce((total, size) => total + size, 0);
    if (given.some((size) => size < 0) || sum !== dim)
      throw node.error('split', `sizes that add up to ${dim}`, given);
    if (given.length !== count) throw node.error('split', `${count} sizes`, given);
    return given;
  }
  const parts = node.opset >= 18 && node.has('num_outputs') ? node.int('num_outputs') : count;
  if (parts !== count) throw node.error('attribute num_outputs', String(count), parts);
  const size = Math.ceil(dim / parts);
  if (node.opset < 18 && dim % parts !== 0) {
    throw node.error('dims of input 0', `a multiple of ${parts} along the axis`, dim, 'ERR_INVALID_SHAPE');
  }
  return Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(size, dim - i * size)));
}

export const split: Operator = {
  opType: 'Split',
  inputs: [1, 2],
  outputs: [1, MANY],
  shapeInputs: [1],
  density: sameDensity,
  infer(node): ValueType[] {
    const { type, dims } = node.input(0);
    const axis = node.axis(dims.length, 0);
    return splitSizes(node, dims[axis]!).map((size) => ({
      type,
      dims: dims.map((dim, i) => (i === axis ? size : dim)),
    }));
  },
  evaluate(node, [x], types) {
    const axis = node.axis(x!.dims.length, 0);
    let start = 0;
    return types.map(({ dims }) => {
      start += dims[axis]!;
      return piece(x!, axis, start - dims[axis]!, dims[axis]!);
    });
  },
  lower(node, lowering, types) {
    const { type, dims } = node.input(0);
    if (!isInFloats(type)) return false;
    const axis = node.axis(dims.length, 0);
    let start = 0;
    for (const [output, part] of types.entries()) {
      const from = start;
      const tables = () => part.dims.map((length, i) => progression(length, i === axis ? from : 0));
      if (node.hasOutput(output) && !lowerSelect(lowering, node, output, tables, part.dims)) return false;
      start += part.dims[axis]!;
    }
    return true;
  },
};
