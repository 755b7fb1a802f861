import { declaredOutputs, type NodeView, sameDims, type ValueType } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { Parts } from './common/composite.ts';
import type { Affine, Decomposition, FreshNames, Operator } from './common/operator.ts';
import { emptyLike, type FloatArray, floats, requireVectors } from './common/types.ts';

/**
 * Whether the batch's own mean and variance normalize it. Until operator set 14 a model says so by the outputs that it
 * declares, read or not.
 */
function isTraining(node: NodeView): boolean {
  return node.opset < 14 ? declaredOutputs(node.node) > 1 : node.flag('training_mode', false);
}

/**
 * What it does to each channel, in double precision until the end; undefined where only a run tells, or the node is not
 * as it should be.
 */
function affineOf(node: NodeView): Affine | undefined {
  const parameters = [1, 2, 3, 4].map((index) => node.inputs[index]?.constant);
  const channels = node.input(0).dims[1];
  const isKnown =
    !isTraining(node) &&
    (node.opset >= 9 || node.int('spatial', 1) === 1) &&
    node.node.outputs.slice(1).every((name) => name === '') &&
    parameters.every((parameter) => parameter?.dims.length === 1 && parameter.dims[0] === channels);
  if (!isKnown || node.inputs.some((input) => input?.type !== 'float32')) return undefined;
  const vectors = parameters.map((constant) => constant!.load().data as Float32Array);
  const [gamma, beta, mean, variance] = vectors as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scale = new Float32Array(gamma.length);
  const shift = new Float32Array(gamma.length);
  for (let c = 0; c < scale.length; c++) {
    const factor = gamma[c]! / Math.sqrt(variance[c]! + node.float('epsilon', 1e-5));
    scale[c] = factor;
    shift[c] = beta[c]! - mean[c]! * factor;
  }
  return { scale, shift };
}

/** Mean and variance of each channel over the batch and the spatial axes. */
function statistics(x: Tensor): { mean: Float64Array; variance: Float64Array } {
  const data = x.data as FloatArray;
  const channels = x.dims[1]!;
  const inner = sizeOf(x.dims.slice(2));
  const count = data.length / channels;
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) mean[channelOf(i)]! += data[i]!;
  for (let c = 0; c < channels; c++) mean[c]! /= count;
  for (let i = 0; i < data.length; i++) variance[channelOf(i)]! += (data[i]! - mean[channelOf(i)]!) ** 2;
  for (let c = 0; c < channels; c++) variance[c]! /= count;
  return { mean, variance };
}

/** Before operator set 9 each element of an image may have parameters of its own. */
function perElement(node: NodeView, names: FreshNames): Decomposition | undefined {
  if (node.opset >= 9 || node.flag('spatial', true)) return undefined;
  const [x, scale, shift, mean, variance] = node.present;
  const own = x!.dims.slice(1);
  for (const [i, { dims }] of node.present.entries())
    if (i > 0 && !sameDims(dims, own))
      throw node.error(`dims of input ${i}`, `[${own.join(', ')}]`, dims, 'ERR_INVALID_SHAPE');
  if (isTraining(node))
    throw node.unsupported('outputs', 'one, as without training', node.node.outputs.length);
  const parts = new Parts(node, names);
  const epsilon = parts.scalar(x!.type, node.float('epsilon', 1e-5));
  const deviation = parts.add('Sqrt', [parts.add('Add', [variance!.name, epsilon])]);
  const factor = parts.add('Div', [scale!.name, deviation]);
  const centred = parts.add('Sub', [x!.name, mean!.name]);
  parts.add('Add', [parts.add('Mul', [centred, factor]), shift!.name], { output: node.node.outputs[0]! });
  return parts.all;
}

export const batchNormalization: Operator = {
  opType: 'BatchNormalization',
  limits: 'Native with constant parameters, without training.',
  types: [floats],
  inputs: [5, 5],
  outputs: [1, 5],
  decompose: perElement,
  infer(node): ValueType[] {
    const { type } = node.input(0);
    const dims = node.rankAtLeast(0, 2);
    requireVectors(node, [1, 2, 3, 4], dims[1]!);
    const { outputs } = node.node;
    const most = !isTraining(node) ? 1 : node.opset < 14 ? 5 : 3;
    if (outputs.slice(most).some((name) => name !== '')) {
      const expected = most === 1 ? 'one, as without training' : String(most);
      throw node.unsupported('outputs', expected, outputs.length);
    }
    const statistic = { type: node.input(3).type, dims: [dims[1]!] };
    return [{ type, dims }, ...new Array<ValueType>(outputs.length - 1).fill(statistic)];
  },
  evaluate(node, [x, gamma, beta, inputMean, inputVariance], types) {
    const from = x!.data as FloatArray;
    const to = emptyLike(from);
    const given = [inputMean, inputVariance].map((tensor) => tensor!.data as FloatArray);
    const current = isTraining(node) ? statistics(x!) : undefined;
    const [m, v] = current ? [current.mean, current.variance] : given;
    const [g, b] = [gamma, beta].map((tensor) => tensor!.data as FloatArray);
    const epsilon = node.float('epsilon', 1e-5);
    const channels = x!.dims[1]!;
    const inner = sizeOf(x!.dims.slice(2));
    for (let i = 0; i < from.length; i++) {
      const c = Math.floor(i / inner) % channels;
      to[i] = ((from[i]! - m![c]!) * g![c]!) / Math.sqrt(v![c]! + epsilon) + b![c]!;
    }
    const momentum = node.float('momentum', 0.9);
    const batch = current ? [current.mean, current.variance] : [];
    const running = batch.map((values, i) =>
      values.map((value, c) => given[i]![c]! * momentum + value * (1 - momentum)),
    );
    const vectors = [...running, ...batch].slice(0, types.length - 1);
    return [
      new Tensor(x!.type, to as never, x!.dims),
      ...vectors.map((values, i) => new Tensor(types[i + 1]!.type, Array.from(values), types[i + 1]!.dims)),
    ];
  },
  affine: (node, index) => (index === 0 ? affineOf(node) : undefined),
  lower(node, lowering) {
    const affine = affineOf(node);
    if (!affine) return false;
    const { scale, shift } = affine;
    const x = lowering.map(node.input(0));
    const scaled = lowering.temporary(x);
    lowering.emitBinary('mul', x, lowering.perChannel(scale), scaled);
    lowering.emitBinary('add', scaled, lowering.perChannel(shift), lowering.output(node, 0));
    return true;
  },
};
