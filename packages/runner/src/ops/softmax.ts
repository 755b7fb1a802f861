import type { NodeView } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { densePlace } from '../lowering/place.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { floats } from './common/types.ts';

/** Before operator set 13 the axes from `axis` on are taken together. */
function softmaxAxes(node: NodeView): { axis: number; end: number } {
  const rank = node.input(0).dims.length;
  const axis = node.axis(rank, node.opset < 13 ? 1 : -1);
  return { axis, end: node.opset < 13 ? rank : axis + 1 };
}

function softmaxLike(
  opType: string,
  finish: (shifted: number, sum: number) => number,
  native: boolean,
): Operator {
  return {
    opType,
    inputs: [1, 1],
    types: [floats],
    ...(native && { limits: 'Native along channels and along the last axes.' }),
    infer(node) {
      const { type, dims } = node.input(0);
      softmaxAxes(node);
      return [{ type, dims }];
    },
    evaluate(node, [x], [out]) {
      const { dims } = x!;
      const { axis, end } = softmaxAxes(node);
      const from = x!.data as Float32Array;
      return filled(out!, (to) => {
        const length = sizeOf(dims.slice(axis, end));
        const inner = sizeOf(dims.slice(end));
        const outer = sizeOf(dims.slice(0, axis));
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) {
            const start = o * length * inner + i;
            let max = Number.NEGATIVE_INFINITY;
            for (let k = 0; k < length; k++) max = Math.max(max, from[start + k * inner]!);
            let sum = 0;
            for (let k = 0; k < length; k++) sum += Math.exp(from[start + k * inner]! - max);
            for (let k = 0; k < length; k++)
              to[start + k * inner] = finish(from[start + k * inner]! - max, sum);
          }
        }
      });
    },
    ...(native && {
      lower(node, lowering) {
        const { axis, end } = softmaxAxes(node);
        const input = node.input(0);
        const { type, dims } = input;
        if (type !== 'float32') return false;
        if (axis === 1 && end === 2 && dims.length > 2) {
          lowering.emit({ op: 'softmax', input: lowering.map(input), output: lowering.output(node, 0) });
          return true;
        }
        if (sizeOf(dims.slice(end)) !== 1) return false;
        const shape = { n: 1, h: sizeOf(dims.slice(0, axis)), w: 1, c: sizeOf(dims.slice(axis, end)) };
        const from = lowering.values.rows(input.name);
        const to = lowering.values.defineRows(node.node.outputs[0]!);
        lowering.emit({
          op: 'softmax',
          input: densePlace(from.region, shape, from.offset),
          output: densePlace(to.region, shape, to.offset),
        });
        return true;
      },
    }),
  };
}

export const softmaxOperators: Operator[] = [
  softmaxLike('Softmax', (shifted, sum) => Math.exp(shifted) / sum, true),
  softmaxLike('LogSoftmax', (shifted, sum) => shifted - Math.log(sum), false),
];
