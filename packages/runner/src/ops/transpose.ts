import { type NodeView, sameDims, stridesOf } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { gatherBlocks } from '../lowering/gather-blocks.ts';
import { isDense, mapShape, reshaped } from '../lowering/place.ts';
import { lowerReshape } from '../lowering/reshape.ts';
import { gatherOfPermutation } from '../lowering/tables.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { gathered } from './common/results.ts';

function permutation(node: NodeView): readonly number[] {
  const rank = node.input(0).dims.length;
  const perm = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (perm.length !== rank || new Set(perm).size !== rank || perm.some((axis) => axis < 0 || axis >= rank)) {
    throw node.error('attribute perm', `a permutation of 0..${rank - 1}`, perm);
  }
  return perm;
}

export const transpose: Operator = {
  opType: 'Transpose',
  inputs: [1, 1],
  cheap: true,
  density: sameDensity,
  infer(node) {
    const { type, dims } = node.input(0);
    return [{ type, dims: permutation(node).map((axis) => dims[axis]!) }];
  },
  evaluate(node, [x], [out]) {
    const strides = stridesOf(x!.dims);
    const walk = permutation(node).map((axis) => strides[axis]!);
    return gathered(x!, out!, walk);
  },
  lower(node, lowering, [out]) {
    const perm = permutation(node);
    const outDims = out!.dims;
    const input = node.input(0);
    if (!lowering.isNative(input)) return false;
    const name = node.node.outputs[0]!;
    const long = perm.filter((axis) => input.dims[axis] !== 1);
    if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return lowerReshape(lowering, node, outDims);
    if (perm.length > 2 && perm.length < 5) {
      const rank = perm.length;
      const toLast = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
      const toFirst = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
      // For three axes both are the same permutation: what is at hand decides.
      const isRows =
        lowering.values.prefersRows(input.name) ||
        (lowering.values.isHostOnly(input.name) && sameDims(perm, toFirst));
      const map = isRows ? undefined : lowering.map(input);
      if (map && isDense(map) && sameDims(perm, toLast)) {
        lowering.values.aliasRows(name, reshaped(map, { n: 1, h: 1, w: 1, c: sizeOf(outDims) }));
        return true;
      }
      if (sameDims(perm, toFirst)) {
        const rows = lowering.values.rows(input.name);
        lowering.values.aliasMap(name, reshaped(rows, mapShape(outDims, 'channelsLast')));
        return true;
      }
    }
    const gather = gatherOfPermutation(input.dims, perm);
    if (!gather) return false;
    gatherBlocks(lowering, gather, lowering.values.rows(input.name), lowering.values.defineRows(name));
    return true;
  },
};
