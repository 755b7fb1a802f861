import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { savings } from './claims.ts';
import { BASELINE, zeroskipName } from './contender.ts';
import { type LayerComparison, medianMs } from './layer-comparison.ts';
import { mean } from './least-squares.ts';
import type { Samples } from './trial.ts';

/** The algorithms that the paper proposes, and the one that it compares them with beside im2col. */
export const PROPOSED = ['cps', 'cpo'] as const;
export const LOWERING = 'mec';
/** Contenders on all layers that accept them. */
export const PAPER_ALGORITHMS = [BASELINE, LOWERING, ...PROPOSED] as const;

/** One convolution: medians in milliseconds, encoding and lowering included; absent for an algorithm that refuses it. */
export interface PaperLayer {
  readonly name: string;
  readonly pointwise: boolean;
  readonly density: number;
  readonly ms: Readonly<Record<string, number>>;
  /** The plan's algorithm. */
  readonly chosen: string;
  /** Lowered sizes of its input, by format. */
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

/** @param chooser the contender whose choices are the plan's */
export function paperLayers(
  layers: readonly LayerComparison[],
  chooser: string,
  bytes: ReadonlyMap<string, Readonly<Record<string, number>>>,
): PaperLayer[] {
  return layers.map(({ name, weightShape, density, own }) => {
    const of = (contender: string) => own.find((times) => times.contender === contender)!;
    const taken = PAPER_ALGORITHMS.filter((id) => of(zeroskipName(id)).algorithm === id);
    return {
      name,
      pointwise: weightShape[2]! * weightShape[3]! === 1,
      density,
      ms: Object.fromEntries(taken.map((id) => [id, medianMs(of(zeroskipName(id)))])),
      chosen: of(chooser).algorithm,
      bytes: bytes.get(name)!,
    };
  });
}

const smallest = (values: Readonly<Record<string, number>>) =>
  Math.min(...PROPOSED.flatMap((id) => values[id] ?? []));

/**
 * The claims, on one network.
 * @returns none for a network without a layer that is not pointwise and that CPO or CPS accept
 */
export function paperClaims(
  layers: readonly PaperLayer[],
  dense: Pick<Samples, 'samplesMs'>,
  plan: Pick<Samples, 'samplesMs'>,
): PaperClaim[] {
  const spatial = layers.filter(({ pointwise }) => !pointwise);
  const taken = spatial.filter(({ ms }) => Number.isFinite(smallest(ms)));
  if (taken.length === 0) return [];
  const saved = taken.map(({ ms }) => savings(smallest(ms), ms[BASELINE]!));
  const lowered = taken.filter(({ ms }) => ms[LOWERING] !== undefined);
  const ratios = taken.map(({ bytes }) => bytes[BASELINE]! / smallest(bytes));
  const against = taken.map(({ bytes }) => bytes[LOWERING]! / smallest(bytes));
  const sum = (of: readonly PaperLayer[], value: (layer: PaperLayer) => number) =>
    of.reduce((total, layer) => total + value(layer), 0);
  const compressed = layers.filter(({ chosen, bytes }) => Object.hasOwn(bytes, chosen));
  const selected = spatial.filter(({ chosen }) => algorithm(chosen).sparse);
  const count = `${taken.length} of ${spatial.length} layers that are not pointwise`;
  return [
    {
      claim: 'time savings per layer, mean',
      unit: 'share',
      paper: 0.63,
      ours: mean(saved),
      how: `the faster of CPO and CPS against im2col, ${count}`,
    },
    {
      claim: 'time savings per layer, largest',
      unit: 'share',
      paper: 0.63,
      ours: Math.max(...saved),
      how: 'the same layers',
    },
    {
      claim: 'CR of a layer, largest',
      unit: 'factor',
      paper: 26,
      ours: Math.max(...ratios),
      how: 'bytes of im2col ÷ bytes of the smaller of CPO and CPS',
    },
    ...(lowered.length === 0
      ? []
      : [
          {
            claim: 'time savings against MEC, largest',
            unit: 'share' as const,
            paper: 0.28,
            ours: Math.max(...lowered.map(({ ms }) => savings(smallest(ms), ms[LOWERING]!))),
            how: `${lowered.length} layers, as many threads; ${lowered.filter(({ ms }) => smallest(ms) < ms[LOWERING]!).length} are faster than MEC`,
          },
        ]),
    {
      claim: 'CR against MEC, largest',
      unit: 'factor',
      paper: 9.2,
      ours: Math.max(...against),
      how: 'bytes of MEC ÷ bytes of the smaller of CPO and CPS',
    },
    {
      claim: 'layers where CPO or CPS is selected',
      unit: 'share',
      paper: 0.56,
      ours: selected.length / spatial.length,
      how: `by the plan, of ${spatial.length} layers that are not pointwise`,
    },
    {
      claim: 'time savings of the network',
      unit: 'share',
      paper: 0.09,
      ours: savings(median(plan.samplesMs), median(dense.samplesMs)),
      how: 'the plan against im2col everywhere, start to end',
    },
    {
      claim: 'CR of the network',
      unit: 'factor',
      paper: 10,
      ours:
        sum(compressed, ({ bytes }) => bytes[BASELINE]!) /
        sum(compressed, ({ bytes, chosen }) => bytes[chosen]!),
      how: `bytes of im2col ÷ bytes of the chosen formats, ${compressed.length} layers together`,
    },
  ];
}
