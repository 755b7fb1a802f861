import type { ConvolutionTrace, NodeMetadata } from '@zeroskip/runner';
import { median } from '@zeroskip/selector';
import { matchLayers } from '../peers/match-layers.ts';
import type { NodeTime } from '../peers/peer.ts';
import { mean } from '../statistics.ts';
import type { Samples } from '../trial/trial.ts';
import type { LayerShape } from './shape.ts';

/** A convolution's times by one contender of our own, one value per sample, in milliseconds. */
export interface OwnTimes {
  readonly contender: string;
  /** What ran, which is not the contender's algorithm where that refuses the layer. */
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** From start to end, encoding included. */
  readonly samplesMs: readonly number[];
  /** These two are means over the threads that took part. */
  readonly encodeMs: readonly number[];
  readonly computeMs: readonly number[];
  /** What the products read for the input; the mean over the samples. */
  readonly loweredBytes: number;
}

/** The same convolution by a peer. */
export interface PeerTimes {
  /** The peer's own name and operator for it: what it has fused is part of its time. */
  readonly node: string;
  readonly opType: string;
  readonly samplesMs: readonly number[];
}

/** One convolution, by every contender, in one run of the benchmark. */
export interface LayerComparison extends LayerShape {
  /** Non-zero share of the input, the mean over the samples. */
  readonly density: number;
  readonly own: readonly OwnTimes[];
  readonly peer?: PeerTimes;
}

/** Where a peer's time went beside the layers. */
export interface PeerRest {
  readonly contender: string;
  /** By operator, one value per sample: the sum over all nodes that are no layer of ours. */
  readonly operators: Readonly<Record<string, readonly number[]>>;
  /** Layers that were not found among the peer's nodes. */
  readonly missing: readonly string[];
}

/** A peer's samples: the nodes of each run. */
export interface PeerRuns {
  readonly contender: string;
  readonly runs: readonly (readonly NodeTime[])[];
}

export interface Comparison {
  readonly layers: readonly LayerComparison[];
  readonly rest?: PeerRest;
}

function byName(traces: Samples['traces']): Map<string, ConvolutionTrace[]> {
  const layers = new Map<string, ConvolutionTrace[]>();
  for (const trace of traces.flat()) layers.set(trace.name, [...(layers.get(trace.name) ?? []), trace]);
  return layers;
}

/** One value per run: the sum over the nodes that `counts` takes. */
function perRun(runs: PeerRuns['runs'], counts: (node: NodeTime) => boolean): number[] {
  return runs.map((nodes) => nodes.filter(counts).reduce((sum, { ms }) => sum + ms, 0));
}

function restOf({ contender, runs }: PeerRuns, matched: ReadonlyMap<string, string>, missing: string[]) {
  const others = new Set(runs[0]?.filter(({ node }) => !matched.has(node)).map(({ opType }) => opType) ?? []);
  const operators = [...others].map((operator) => [
    operator,
    perRun(runs, ({ node, opType }) => opType === operator && !matched.has(node)),
  ]);
  return { contender, operators: Object.fromEntries(operators), missing };
}

/**
 * Puts the samples of all contenders side by side, layer by layer.
 * @param nodes of the model
 * @param own contenders that tell their layers; the layers and their order are the first one's
 */
export function compareLayers(
  nodes: readonly NodeMetadata[],
  own: readonly Samples[],
  peer?: PeerRuns,
): Comparison {
  const traces = own.map(({ name, traces }) => ({ contender: name, layers: byName(traces) }));
  const first = traces[0]!.layers;
  const matched = peer && matchLayers(nodes, [...first.keys()], peer.runs[0] ?? []);
  const nodeOf = new Map([...(matched ?? [])].map(([node, layer]) => [layer, node]));
  const layers = [...first].map(([name, samples]): LayerComparison => {
    const { inputShape, weightShape, strides, dilations, pads, group } = samples[0]!;
    const node = nodeOf.get(name);
    const ran = node === undefined ? undefined : peer!.runs[0]!.find((one) => one.node === node)!;
    return {
      name,
      inputShape,
      weightShape,
      strides,
      dilations,
      pads,
      group,
      density: samples.reduce((sum, { density }) => sum + density, 0) / samples.length,
      own: traces.map(({ contender, layers }) => ({
        contender,
        algorithm: layers.get(name)![0]!.algorithm,
        parameters: layers.get(name)![0]!.parameters,
        samplesMs: layers.get(name)!.map(({ ms }) => ms),
        encodeMs: layers.get(name)!.map(({ encodeMs }) => encodeMs),
        computeMs: layers.get(name)!.map(({ computeMs }) => computeMs),
        loweredBytes: Math.round(mean(layers.get(name)!.map(({ loweredBytes }) => loweredBytes))),
      })),
      ...(ran && {
        peer: {
          node: ran.node,
          opType: ran.opType,
          samplesMs: perRun(peer!.runs, (one) => one.node === ran.node),
        },
      }),
    };
  });
  if (peer === undefined || matched === undefined) return { layers };
  const missing = layers.filter((layer) => layer.peer === undefined).map(({ name }) => name);
  return { layers, rest: restOf(peer, matched, missing) };
}

/** Median time of a layer by one contender. */
export function medianMs({ samplesMs }: { readonly samplesMs: readonly number[] }): number {
  return median(samplesMs);
}
