import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { chosenBytes, im2colBytes, type LayerRow } from './layer-rows.ts';

/** Time savings against another time: `1 - t / t(other)`. */
export function savings(ms: number, otherMs: number): number {
  return 1 - ms / otherMs;
}

/** What a network's layers say of the choices, against im2col everywhere: the figures of the literature. */
export interface Claims {
  /** Convolutions that are not pointwise. */
  readonly layers: number;
  /** Share of these where what runs skips zeros and is faster than im2col. */
  readonly sparseShare: number;
  /** Time savings of these, encoding included. */
  readonly savings: { readonly median: number; readonly max: number };
  /** im2col's bytes ÷ bytes of the chosen format: the largest of these, and all layers that have one together. */
  readonly cr: { readonly max: number; readonly all: number };
  /** Time savings of all convolutions together. */
  readonly allSavings: number;
  /** The largest lowered matrix ÷ the peak workspace of a run. */
  readonly workspaceCr: number;
}

function isSparse(id: string): boolean {
  return algorithm(id).sparse;
}

/** @returns undefined for a network without convolutions that are not pointwise */
export function claimsOf(rows: readonly LayerRow[]): Claims | undefined {
  const spatial = rows.filter(({ weightShape }) => weightShape[2]! * weightShape[3]! > 1);
  if (spatial.length === 0) return undefined;
  const sum = (of: readonly LayerRow[], value: (row: LayerRow) => number) =>
    of.reduce((total, row) => total + value(row), 0);
  const compressed = rows.filter((row) => (chosenBytes(row) ?? 0) > 0);
  const ratio = (row: LayerRow) => im2colBytes(row) / (chosenBytes(row) || Number.POSITIVE_INFINITY);
  const saved = spatial.map(({ ms, im2colMs }) => savings(ms, im2colMs));
  const sparse = spatial.filter((row) => isSparse(row.algorithm) && row.ms < row.im2colMs);
  return {
    layers: spatial.length,
    sparseShare: sparse.length / spatial.length,
    savings: { median: median(saved), max: Math.max(...saved) },
    cr: {
      max: Math.max(...spatial.map(ratio)),
      all:
        compressed.length === 0
          ? 0
          : sum(compressed, im2colBytes) / sum(compressed, (row) => chosenBytes(row)!),
    },
    allSavings: savings(
      sum(rows, ({ ms }) => ms),
      sum(rows, ({ im2colMs }) => im2colMs),
    ),
    workspaceCr: Math.max(...rows.map(im2colBytes)) / Math.max(1, ...rows.map((row) => row.workspaceBytes)),
  };
}
