import type { NodeView } from '@zeroskip/onnx';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { type FloatArray, floats, indexTypes } from '../common/types.ts';
import { runs } from '../sort.ts';
import { transformed, zeros } from './fourier.ts';

interface Transform {
  readonly axis: number;
  readonly length: number;
  readonly inverse: boolean;
  /** Half of the values are the conjugates of the others, and are left out where they are complex. */
  readonly onesided: boolean;
  readonly dims: number[];
}

function transform(node: NodeView): Transform {
  const dims = node.rankAtLeast(0, 2);
  const rank = dims.length;
  const given = node.opset >= 20 ? (node.operand(2)?.[0] ?? -2) : node.int('axis', 1);
  const axis = node.normalizeAxis(given, rank, 'axis');
  if (axis === rank - 1) throw node.error('axis', 'one before the last', given);
  const [inverse, onesided] = [node.flag('inverse', false), node.flag('onesided', false)];
  const parts = dims.at(-1)!;
  const toReal = inverse && onesided;
  if (toReal ? parts !== 2 : parts !== 1 && (parts !== 2 || onesided)) {
    const expected = toReal ? '2' : onesided ? '1' : '1 or 2';
    throw node.error('the last dimension of input 0', expected, parts, 'ERR_INVALID_SHAPE');
  }
  const length = node.operand(1)?.[0] ?? (toReal ? 2 * (dims[axis]! - 1) : dims[axis]!);
  if (!Number.isSafeInteger(length) || length < 1) throw node.error('dft_length', 'at least 1', length);
  const along = onesided && !inverse ? Math.floor(length / 2) + 1 : length;
  const out = dims.map((dim, i) => (i === axis ? along : i === rank - 1 ? (toReal ? 1 : 2) : dim));
  return { axis, length, inverse, onesided, dims: out };
}

/** Of values padded with zeros, or cut, to `dft_length`. */
export const dft: Operator = {
  opType: 'DFT',
  since: 17,
  inputs: [1, 3],
  types: [floats, indexTypes],
  shapeInputs: [1, 2],
  infer: (node) => [{ type: node.input(0).type, dims: transform(node).dims }],
  evaluate(node, [x], [out]) {
    const { axis, length, inverse, onesided, dims } = transform(node);
    const from = x!.data as FloatArray;
    const [parts, outParts] = [x!.dims.at(-1)!, dims.at(-1)!];
    const source = runs([...x!.dims.slice(0, -1)], axis);
    const target = runs(dims.slice(0, -1), axis);
    return filled<FloatArray>(out!, (to) => {
      for (const [run, start] of source.starts.entries()) {
        const values = zeros(length);
        for (let i = 0; i < Math.min(length, source.length); i++) {
          const at = (start + i * source.inner) * parts;
          values.re[i] = from[at]!;
          values.im[i] = parts === 2 ? from[at + 1]! : 0;
        }
        if (inverse && onesided) {
          for (let i = Math.floor(length / 2) + 1; i < length; i++) {
            values.re[i] = values.re[length - i]!;
            values.im[i] = -values.im[length - i]!;
          }
        }
        const { re, im } = transformed(values, inverse);
        for (let i = 0; i < target.length; i++) {
          const at = (target.starts[run]! + i * target.inner) * outParts;
          to[at] = re[i]!;
          if (outParts === 2) to[at + 1] = im[i]!;
        }
      }
    });
  },
};
