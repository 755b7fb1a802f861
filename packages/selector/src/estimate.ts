import { type CoreRates, estimateMs, type MapStatistics } from '@zeroskip/kernels';
import type { ConvSpec } from '@zeroskip/tensor';

/** A convolution without its weights. */
export interface LayerGeometry {
  readonly spec: ConvSpec;
  /** N, C, H, W. */
  readonly inputDims: readonly [number, number, number, number];
}

/** The milliseconds that algorithm `id` is expected to take on a layer whose input is such a map. */
export type Estimate = (layer: LayerGeometry, id: string, map: MapStatistics) => number;

/** What the algorithms' descriptors expect of a machine whose cores have these rates. */
export function descriptorEstimate(rates: CoreRates): Estimate {
  return ({ spec, inputDims }, id, map) => estimateMs(id, spec, inputDims, map, rates);
}
