import { InferenceSession } from '@zeroskip/runner';
import type { PeerContender, PeerOptions } from '../peers/peer.ts';
import { type Contender, zeroskipContender } from '../trial/contender.ts';
import { timeContenders, verifyContenders } from '../trial/trial.ts';
import { type Comparison, compareLayers, type PeerRest } from './comparison.ts';
import type { ShapeLayer } from './shape-file.ts';
import { shapeInput, shapeNetwork } from './shape-network.ts';

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
    await verifyContenders(opened, peer ?? opened[0]!, inputs, ['y'], tolerance, () => {});
    const samples = await timeContenders(opened, inputs, { runs }, () => {});
    const own = samples.slice(0, algorithms.length);
    const nodeTimes = await peer?.nodeTimes();
    const peerRuns = nodeTimes && { contender: peer!.name, runs: nodeTimes };
    return compareLayers(sessions[0]!.nodes, own, peerRuns);
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
