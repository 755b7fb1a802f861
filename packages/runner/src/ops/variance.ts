import { int } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { broadcastDims, expand } from './common/broadcast.ts';
import { composite } from './common/composite.ts';
import type { Composite, Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { type FloatArray, floats } from './common/types.ts';
import { lowerRuns } from './normalization.ts';

/** Runs of values along the axes from `axis` on, divided by the root of their mean square. */
const rmsNormalization: Operator = {
  opType: 'RMSNormalization',
  since: 23,
  inputs: [2, 2],
  types: [floats, floats],
  infer(node) {
    const { type, dims } = node.input(0);
    node.axis(dims.length, -1);
    const scale = node.input(1).dims;
    if (scale.length > dims.length || broadcastDims(node, [dims, scale]).some((dim, i) => dim !== dims[i])) {
      const expected = 'dims that broadcast to those of input 0';
      throw node.error('dims of input 1', expected, scale, 'ERR_INVALID_SHAPE');
    }
    return [{ type, dims }];
  },
  evaluate(node, [x, scale], [out]) {
    const { dims } = out!;
    const size = sizeOf(dims.slice(node.axis(dims.length, -1)));
    const epsilon = node.float('epsilon', 1e-5);
    const [from, factors] = [x!.data as FloatArray, expand(scale!, dims).data as FloatArray];
    return filled<FloatArray>(out!, (to) => {
      for (let start = 0; start < to.length; start += size) {
        let squares = 0;
        for (let i = start; i < start + size; i++) squares += from[i]! ** 2;
        const inverse = 1 / Math.sqrt(squares / size + epsilon);
        for (let i = start; i < start + size; i++) to[i] = from[i]! * inverse * factors[i]!;
      }
    });
  },
  lower: (node, lowering) => lowerRuns(lowering, node, false),
};

/** What keeps the deviation of equal values from being 0. */
const LEAST_DEVIATION = 1e-9;

/** (x - mean) / standard deviation over axes: all but the channels unless told. */
const meanVarianceNormalization = composite(
  { opType: 'MeanVarianceNormalization', since: 9, inputs: [1, 1], types: [floats] },
  (node, parts, output) => {
    const { name: x, type } = node.input(0);
    const axes = parts.constant(new Tensor('int64', (node.ints('axes') ?? [0, 2, 3]).map(BigInt)));
    const mean = (of: string) => parts.add('ReduceMean', [of, axes]);
    const centred = parts.add('Sub', [x, mean(x)]);
    const deviation = parts.add('Sqrt', [mean(parts.add('Mul', [centred, centred]))]);
    parts.add('Div', [centred, parts.add('Add', [deviation, parts.scalar(type, LEAST_DEVIATION)])], {
      output,
    });
  },
);

/** 1 at the first largest value of each run, 0 elsewhere. Before operator set 13 the axes from `axis` on are one. */
const hardmax = composite({ opType: 'Hardmax', inputs: [1, 1], types: [floats] }, (node, parts, output) => {
  const { name: x, type, dims } = node.input(0);
  const isOld = node.opset < 13;
  const axis = node.axis(dims.length, isOld ? 1 : -1);
  const shape = isOld ? [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))] : dims;
  const along = isOld ? 1 : axis;
  const best = parts.add('ArgMax', [isOld ? parts.reshape(x, shape) : x], {
    attributes: new Map([
      ['axis', int(along)],
      ['keepdims', int(0)],
    ]),
  });
  const depth = parts.scalar('float32', shape[along]!);
  const values = parts.constant(new Tensor(type, [0, 1]));
  const marked = { attributes: new Map([['axis', int(along)]]), ...(!isOld && { output }) };
  const hot = parts.add('OneHot', [best, depth, values], marked);
  if (isOld) parts.reshape(hot, dims, output);
});

export const varianceOperators: (Operator | Composite)[] = [
  rmsNormalization,
  meanVarianceNormalization,
  hardmax,
];
