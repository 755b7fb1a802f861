import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { type LayerComparison, timesOf } from '../../layers/comparison.ts';
import { isStandard } from '../../layers/shape.ts';
import { mean, savings, sumOf } from '../../statistics.ts';
import { BASELINE, zeroskipName } from '../../trial/contender.ts';
import type { Samples } from '../../trial/trial.ts';

/** What the paper proposes, CPS in both of its layouts, and what it compares them with beside im2col. */
export const PROPOSED = ['cps', 'cps-column', 'cpo'] as const;
export const LOWERING = 'mec';
/** Contenders on all layers that accept them. */
export const PAPER_ALGORITHMS = [BASELINE, LOWERING, ...PROPOSED] as const;

/**
 * One convolution: medians in milliseconds, encoding and lowering included; absent for an algorithm that refuses it.
 */
export interface PaperLayer {
  readonly name: string;
  /** Whether it is neither pointwise nor grouped. */
  readonly standard: boolean;
  readonly density: number;
  readonly ms: Readonly<Record<string, number>>;
  /** The plan's algorithm. */
  readonly chosen: string;
  /** What the products read for its input, by algorithm, and by the plan's. */
  readonly loweredBytes: Readonly<Record<string, number>>;
  readonly chosenBytes: number;
  /** Its input stored whole, by format. */
  readonly bytes: Readonly<Record<string, number>>;
}

/** A claim of the paper (arXiv 2104.08314), as a share or as a factor. */
export interface PaperClaim {
  readonly claim: string;
  readonly unit: 'share' | 'factor';
  readonly paper: number;
  readonly ours: number;
  readonly how: string;
}

/** Medians of the algorithms that took the layer: one that refuses it leaves it to another. */
export function mediansOf(layer: LayerComparison): Record<string, number> {
  const times = PAPER_ALGORITHMS.map((id) => [id, timesOf(layer, zeroskipName(id))] as const);
  const taken = times.filter(([id, { algorithm }]) => algorithm === id);
  return Object.fromEntries(taken.map(([id, { samplesMs }]) => [id, median(samplesMs)]));
}

/** @param chooser the contender whose choices are the plan's */
export function paperLayers(
  layers: readonly LayerComparison[],
  chooser: string,
  bytes: ReadonlyMap<string, Readonly<Record<string, number>>>,
): PaperLayer[] {
  return layers.map((layer) => {
    const of = (contender: string) => timesOf(layer, contender);
    const ms = mediansOf(layer);
    return {
      name: layer.name,
      standard: isStandard(layer),
      density: layer.density,
      ms,
      chosen: of(chooser).algorithm,
      loweredBytes: Object.fromEntries(Object.keys(ms).map((id) => [id, of(zeroskipName(id)).loweredBytes])),
      chosenBytes: of(chooser).loweredBytes,
      bytes: bytes.get(layer.name)!,
    };
  });
}

/** Of CPO and CPS. */
export const smallest = (values: Readonly<Record<string, number>>) =>
  Math.min(...PROPOSED.flatMap((id) => values[id] ?? []));

/**
 * The claims, on one network.
 * @returns none for a network without a layer that is neither pointwise nor grouped and that CPO or CPS accept
 */
export function paperClaims(
  layers: readonly PaperLayer[],
  dense: Pick<Samples, 'samplesMs'>,
  plan: Pick<Samples, 'samplesMs'>,
): PaperClaim[] {
  const standard = layers.filter((layer) => layer.standard);
  const taken = standard.filter(({ ms }) => Number.isFinite(smallest(ms)));
  if (taken.length === 0) return [];
  const saved = taken.map(({ ms }) => savings(smallest(ms), ms[BASELINE]!));
  const lowered = taken.filter(({ ms }) => ms[LOWERING] !== undefined);
  const im2colBytes = ({ bytes }: PaperLayer) => bytes[BASELINE]!;
  const stored = standard.filter(({ chosen, bytes }) => Object.hasOwn(bytes, chosen));
  const selected = standard.filter(({ chosen }) => algorithm(chosen).sparse);
  const claimIn =
    (unit: PaperClaim['unit']) => (claim: string, paper: number, ours: number, how: string) => ({
      claim,
      unit,
      paper,
      ours,
      how,
    });
  const [share, factor] = [claimIn('share'), claimIn('factor')];
  const claims = [
    share(
      'time savings per layer, mean',
      0.63,
      mean(saved),
      `the faster of CPO and CPS against im2col, ${taken.length} of ${standard.length} layers that are neither pointwise nor grouped`,
    ),
    share('time savings per layer, largest', 0.63, Math.max(...saved), 'the same layers'),
    factor(
      'CR of a layer, largest',
      26,
      Math.max(...taken.map((layer) => im2colBytes(layer) / smallest(layer.loweredBytes))),
      'bytes of im2col ÷ bytes that the products of CPO or CPS read, the fewer',
    ),
    factor(
      'CR of a layer, stored, largest',
      26,
      Math.max(...taken.map((layer) => im2colBytes(layer) / smallest(layer.bytes))),
      'bytes of im2col ÷ bytes of the smaller format, CPO or CPS',
    ),
    lowered.length > 0 &&
      share(
        'time savings against MEC, largest',
        0.28,
        Math.max(...lowered.map(({ ms }) => savings(smallest(ms), ms[LOWERING]!))),
        `${lowered.length} layers, as many threads; ${lowered.filter(({ ms }) => smallest(ms) < ms[LOWERING]!).length} are faster than MEC`,
      ),
    lowered.length > 0 &&
      factor(
        'CR against MEC, largest',
        9.2,
        Math.max(...lowered.map(({ loweredBytes }) => loweredBytes[LOWERING]! / smallest(loweredBytes))),
        'bytes that the products of MEC read ÷ those of CPO or CPS',
      ),
    factor(
      'CR against MEC, stored, largest',
      9.2,
      Math.max(...taken.map(({ bytes }) => bytes[LOWERING]! / smallest(bytes))),
      'bytes of MEC ÷ bytes of the smaller format, CPO or CPS',
    ),
    share(
      'layers where CPO or CPS is selected',
      0.56,
      selected.length / standard.length,
      `by the plan, of ${standard.length} layers that are neither pointwise nor grouped`,
    ),
    share(
      'time savings of the network',
      0.09,
      savings(median(plan.samplesMs), median(dense.samplesMs)),
      'the plan against im2col (depthwise layers by direct), start to end',
    ),
    factor(
      'CR of the network',
      10,
      sumOf(standard, im2colBytes) / sumOf(standard, ({ chosenBytes }) => chosenBytes),
      `bytes of im2col ÷ bytes that the plan's products read, ${standard.length} layers together`,
    ),
    stored.length > 0 &&
      factor(
        'CR of the network, stored',
        10,
        sumOf(stored, im2colBytes) / sumOf(stored, ({ bytes, chosen }) => bytes[chosen]!),
        `bytes of im2col ÷ bytes of the chosen formats, ${stored.length} layers together`,
      ),
  ];
  return claims.filter((claim) => claim !== false);
}
