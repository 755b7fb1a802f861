import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { isStandard } from '../../layers/shape.ts';
import { savings, sumOf } from '../../statistics.ts';
import { type LayerRow, loweredRatio, savedShare, storedRatio } from './rows.ts';

/** A ratio to im2col's bytes: the largest of any layer, and of all layers together. */
interface Ratios {
  readonly max: number;
  readonly all: number;
}

/**
 * What a network's layers say of the choices, against im2col: the figures of the literature. Of its layers, that is of
 * those that are neither pointwise nor grouped.
 */
export interface Claims {
  readonly layers: number;
  /** Share of these where what runs skips zeros and is faster than im2col. */
  readonly sparseShare: number;
  /** Time savings, encoding included: of the layers, and of all together. */
  readonly savings: { readonly median: number; readonly max: number; readonly all: number };
  /** im2col's bytes ÷ bytes that the products read. */
  readonly cr: Ratios;
  /** im2col's bytes ÷ bytes of the inputs stored whole, in the formats that the algorithms are named after. */
  readonly storedCr: Ratios & { readonly layers: number };
  /** The largest lowered matrix ÷ the peak workspace of a run. */
  readonly workspaceCr: number;
}

/** @returns undefined for a network without such layers */
export function claimsOf(rows: readonly LayerRow[]): Claims | undefined {
  const standard = rows.filter((row) => isStandard(row) && row.im2colMs !== undefined);
  if (standard.length === 0) return undefined;
  const im2colBytes = ({ bytes }: LayerRow) => bytes.im2col!;
  const ratios = (ratio: (row: LayerRow) => number | undefined) => {
    const sized = standard.filter((row) => ratio(row) !== undefined);
    const all = sumOf(sized, im2colBytes) / sumOf(sized, (row) => im2colBytes(row) / ratio(row)!);
    return sized.length === 0
      ? { max: 0, all: 0, layers: 0 }
      : { max: Math.max(...sized.map((row) => ratio(row)!)), all, layers: sized.length };
  };
  const saved = standard.map((row) => savedShare(row)!);
  const sparse = standard.filter((row) => algorithm(row.algorithm).sparse && row.ms < row.im2colMs!);
  const { max, all } = ratios(loweredRatio);
  return {
    layers: standard.length,
    sparseShare: sparse.length / standard.length,
    savings: {
      median: median(saved),
      max: Math.max(...saved),
      all: savings(
        sumOf(standard, ({ ms }) => ms),
        sumOf(standard, ({ im2colMs }) => im2colMs!),
      ),
    },
    cr: { max, all },
    storedCr: ratios(storedRatio),
    workspaceCr:
      Math.max(...standard.map(im2colBytes)) / Math.max(1, ...rows.map((row) => row.workspaceBytes)),
  };
}
