import { type NodeView, sameDims, type ValueType } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { type FloatArray, floats, indexTypes, requireVectors } from './common/types.ts';

const reductions = ['mean', 'sum', 'none'] as const;

const reductionOf = (node: NodeView) => node.choice('reduction', reductions, 'mean');

/** Dims of the loss of classes along axis 1, one for each label unless they are reduced. */
function lossType(node: NodeView): ValueType {
  const { type, dims } = node.input(0);
  const labels = node.input(1).dims;
  if (dims.length < 2) throw node.error('rank of input 0', 'at least 2', dims.length);
  const expected = [dims[0]!, ...dims.slice(2)];
  if (!sameDims(labels, expected))
    throw node.error('dims of input 1', `[${expected}]`, labels, 'ERR_INVALID_SHAPE');
  if (node.hasInput(2)) requireVectors(node, [2], dims[1]!);
  return { type, dims: reductionOf(node) === 'none' ? labels : [] };
}

/** The negative of what each label's class has in `logs`, by weight, and reduced. */
function negativeLogLikelihood(
  node: NodeView,
  logs: FloatArray,
  [x, labels, weights]: readonly (Tensor | undefined)[],
  out: ValueType,
): Tensor {
  const classes = x!.dims[1]!;
  const inner = sizeOf(x!.dims.slice(2));
  const ignored = node.has('ignore_index') ? node.int('ignore_index') : undefined;
  const reduction = reductionOf(node);
  const [result] = filled<FloatArray>(out, (to) => {
    let [sum, total] = [0, 0];
    for (let i = 0; i < labels!.size; i++) {
      const label = Number(labels!.data[i]);
      if (label === ignored) continue;
      if (label < 0 || label >= classes)
        throw node.error('input 1', `classes from 0 to ${classes - 1}`, label);
      const weight = weights ? Number(weights.data[label]) : 1;
      const loss = -weight * logs[(Math.floor(i / inner) * classes + label) * inner + (i % inner)]!;
      if (reduction === 'none') to[i] = loss;
      sum += loss;
      total += weight;
    }
    if (reduction !== 'none') to[0] = reduction === 'mean' ? sum / total : sum;
  });
  return result;
}

/** The logarithm of the softmax along axis 1. */
function logSoftmax(x: Tensor): FloatArray {
  const from = x.data as FloatArray;
  const classes = x.dims[1]!;
  const inner = sizeOf(x.dims.slice(2));
  const [result] = filled<FloatArray>(x, (to) => {
    for (let start = 0; start < from.length; start++) {
      if (Math.floor(start / inner) % classes !== 0) continue;
      const at = (i: number) => start + i * inner;
      let top = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < classes; i++) top = Math.max(top, from[at(i)]!);
      let sum = 0;
      for (let i = 0; i < classes; i++) sum += Math.exp(from[at(i)]! - top);
      for (let i = 0; i < classes; i++) to[at(i)] = from[at(i)]! - top - Math.log(sum);
    }
  });
  return result.data as FloatArray;
}

const types = [floats, indexTypes, 0] as const;

export const lossOperators: Operator[] = [
  {
    opType: 'NegativeLogLikelihoodLoss',
    since: 12,
    inputs: [2, 3],
    types,
    infer: (node) => [lossType(node)],
    evaluate: (node, inputs, [out]) => [
      negativeLogLikelihood(node, inputs[0]!.data as FloatArray, inputs, out!),
    ],
  },
  {
    opType: 'SoftmaxCrossEntropyLoss',
    since: 12,
    inputs: [2, 3],
    outputs: [1, 2],
    types,
    infer: (node) => [lossType(node), { type: node.input(0).type, dims: node.input(0).dims }],
    evaluate(node, inputs, [out, logType]) {
      const logs = logSoftmax(inputs[0]!);
      const { type, dims } = logType!;
      return [negativeLogLikelihood(node, logs, inputs, out!), new Tensor(type, logs as never, dims)];
    },
  },
];
