import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { lowerConcat } from '../lowering/concat.ts';
import { stridesOf } from '../model/dims.ts';
import type { NodeView } from '../model/node-view.ts';
import { MANY, type Operator } from './operator.ts';
import { scatterStrided } from './strides.ts';
import { requireSameType } from './types.ts';

export function concatAxis(node: NodeView): number {
  return node.axis(node.input(0).dims.length, node.opset < 4 ? 1 : undefined);
}

export const concat: Operator = {
  opType: 'Concat',
  inputs: [1, MANY],
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
    requireSameType(node, [...inputs.keys()]);
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
  evaluate(node, inputs, [out]) {
    const { type, dims } = out!;
    const axis = concatAxis(node);
    const to = allocate(type, sizeOf(dims));
    const strides = stridesOf(dims);
    let start = 0;
    for (const input of inputs) {
      scatterStrided(
        input!.data as Float32Array,
        to as Float32Array,
        input!.dims,
        strides,
        start * strides[axis]!,
      );
      start += input!.dims[axis]!;
    }
    return [new Tensor(type, to, dims)];
  },
  lower: (node, lowering, [out]) => lowerConcat(lowering, node, concatAxis(node), out!.dims),
};
