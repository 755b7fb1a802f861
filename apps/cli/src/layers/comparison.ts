import type { ConvolutionTrace, NodeMetadata } from '@zeroskip/runner';
import { matchLayers } from '../peers/match-layers.ts';
import type { NodeTime, PeerContender } from '../peers/peer.ts';
import { mean, sum } from '../statistics.ts';
import type { Samples } from '../trial/trial.ts';
import { byName, type LayerShape, layerShape } from './shape.ts';

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

/** One value per run: the sum over the nodes that `counts` takes. */
function perRun(runs: PeerRuns['runs'], counts: (node: NodeTime) => boolean): number[] {
  return runs.map((nodes) => sum(nodes.filter(counts).map(({ ms }) => ms)));
}

function restOf({ contender, runs }: PeerRuns, matched: ReadonlyMap<string, string>, missing: string[]) {
  const others = new Set(runs[0]?.filter(({ node }) => !matched.has(node)).map(({ opType }) => opType) ?? []);
  const operators = [...others].map((operator) => [
    operator,
    perRun(runs, ({ node, opType }) => opType === operator && !matched.has(node)),
  ]);
  return { contender, operators: Object.fromEntries(operators), missing };
}

/** The samples of a peer that profiles; undefined without one. */
export async function peerRuns(peer: PeerContender | undefined): Promise<PeerRuns | undefined> {
  const runs = await peer?.nodeTimes();
  return runs && { contender: peer!.name, runs };
}

/** A layer's times by one of our contenders. */
export function timesOf({ own }: LayerComparison, contender: string): OwnTimes {
  return own.find((times) => times.contender === contender)!;
}

function ownTimes(contender: string, traces: readonly ConvolutionTrace[]): OwnTimes {
  const { algorithm, parameters } = traces[0]!;
  return {
    contender,
    algorithm,
    parameters,
    samplesMs: traces.map(({ ms }) => ms),
    encodeMs: traces.map(({ encodeMs }) => encodeMs),
    computeMs: traces.map(({ computeMs }) => computeMs),
    loweredBytes: Math.round(mean(traces.map(({ loweredBytes }) => loweredBytes))),
  };
}

function peerTimes({ runs }: PeerRuns, node: string): PeerTimes {
  const { opType } = runs[0]!.find((one) => one.node === node)!;
  return { node, opType, samplesMs: perRun(runs, (one) => one.node === node) };
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
  const traces = own.map(({ name, traces }) => ({ contender: name, layers: byName(traces.flat()) }));
  const first = traces[0]!.layers;
  const matched = peer && matchLayers(nodes, [...first.keys()], peer.runs[0] ?? []);
  const nodeOf = new Map([...(matched ?? [])].map(([node, layer]) => [layer, node]));
  const layers = [...first].map(([name, samples]): LayerComparison => {
    const node = nodeOf.get(name);
    return {
      ...layerShape(samples[0]!),
      density: mean(samples.map(({ density }) => density)),
      own: traces.map(({ contender, layers }) => ownTimes(contender, layers.get(name)!)),
      ...(node !== undefined && { peer: peerTimes(peer!, node) }),
    };
  });
  if (peer === undefined || matched === undefined) return { layers };
  const missing = layers.filter((layer) => layer.peer === undefined).map(({ name }) => name);
  return { layers, rest: restOf(peer, matched, missing) };
}
