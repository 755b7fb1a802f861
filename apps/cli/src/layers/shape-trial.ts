import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { InferenceSession } from '@zeroskip/runner';
import { outputSize, Tensor, weightCount } from '@zeroskip/tensor';
import { randomMap, randomWeights } from '../input/random.ts';
import type { PeerContender, PeerOptions } from '../peers/peer.ts';
import { type Contender, zeroskipContender } from '../trial/contender.ts';
import { timeContenders, verifyContenders } from '../trial/trial.ts';
import { type Comparison, compareLayers, type PeerRest, peerRuns } from './comparison.ts';
import type { ShapeLayer } from './shape-file.ts';

/** A network of one convolution and a ReLU, with random weights and bias. */
export function shapeNetwork({ name, spec, input: [height, width] }: ShapeLayer): Uint8Array {
  const { inChannels, outChannels, group, kernel, strides, pads } = spec;
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  const length = weightCount(spec);
  const weights = randomWeights(length, length / outChannels, 1);
  const attributes = { kernel_shape: kernel, strides, pads, group };
  return onnxModel({
    inputs: [valueInfo('x', 'float32', [1, inChannels, height, width])],
    outputs: [valueInfo('y', 'float32', [1, outChannels, outHeight, outWidth])],
    constants: {
      w: new Tensor('float32', weights, [outChannels, inChannels / group, ...kernel]),
      b: new Tensor('float32', randomWeights(outChannels, 1, 2)),
    },
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['c'], attributes, name),
      node('Relu', ['c'], ['y'], {}, `${name}/relu`),
    ],
  });
}

/** An input for it, with zeros anywhere. */
export function shapeInput({ spec, input: [height, width] }: ShapeLayer, density: number): Tensor {
  const dims = [1, spec.inChannels, height, width];
  return new Tensor('float32', randomMap(spec.inChannels * height * width, density, 3), dims);
}

export interface ShapeTrialOptions {
  readonly threads: number;
  /** The first is the baseline. */
  readonly algorithms: readonly string[];
  readonly openPeer?: ((model: Uint8Array, options: PeerOptions) => Promise<PeerContender>) | undefined;
  readonly runs: number;
  /** See `verifyContenders`. */
  readonly tolerance: number;
}

/** Times a network of one layer by every algorithm and the peer, in turn; verifies first. */
export async function tryShape(
  layer: ShapeLayer,
  density: number,
  { threads, algorithms, openPeer, runs, tolerance }: ShapeTrialOptions,
): Promise<Comparison> {
  const model = shapeNetwork(layer);
  const inputs = [shapeInput(layer, density)];
  const opened: Contender[] = [];
  try {
    const sessions: InferenceSession[] = [];
    for (const algorithm of algorithms) {
      const session = await InferenceSession.create(model, { intraOpNumThreads: threads, algorithm });
      sessions.push(session);
      opened.push(zeroskipContender(algorithm, threads, session));
    }
    const peer = await openPeer?.(model, { threads, profile: true });
    if (peer !== undefined) opened.push(peer);
    await verifyContenders(opened, peer ?? opened[0]!, { inputs, outputNames: ['y'], tolerance }, () => {});
    const samples = await timeContenders(opened, inputs, { runs }, () => {});
    return compareLayers(sessions[0]!.nodes, samples.slice(0, algorithms.length), await peerRuns(peer));
  } finally {
    for (const contender of opened) await contender.release();
  }
}

function sums(a: readonly number[] | undefined, b: readonly number[]): number[] {
  return b.map((value, i) => value + (a?.[i] ?? 0));
}

/** Comparisons of several layers as one. */
export function joinComparisons(comparisons: readonly Comparison[]): Comparison {
  const layers = comparisons.flatMap((comparison) => comparison.layers);
  let rest: PeerRest | undefined;
  for (const { rest: next } of comparisons) {
    if (next === undefined) continue;
    const operators: Record<string, readonly number[]> = { ...rest?.operators };
    for (const [operator, samples] of Object.entries(next.operators))
      operators[operator] = sums(operators[operator], samples);
    rest = { ...next, operators, missing: [...(rest?.missing ?? []), ...next.missing] };
  }
  return { layers, ...(rest && { rest }) };
}
