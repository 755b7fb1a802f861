import { parametersText, type RowRecord, shapeRecord } from '../../report/row-files.ts';
import type { LayerRoof } from './measure.ts';

/** Keys of `rooflineRecords` that a table for people shows. */
export const rooflineKeys = [
  ...['name', 'channels', 'filters', 'height', 'width', 'kernel', 'density', 'algorithm', 'threads'],
  ...['ms', 'dense', 'denseShare', 'nonZero', 'nonZeroShare', 'intensity', 'bound'],
];

/** One for each algorithm and number of threads; GFLOP/s with their shares of the peak, from start to end. */
export function rooflineRecords(layer: LayerRoof): RowRecord[] {
  return layer.algorithms.map((one) => ({
    ...shapeRecord(layer),
    density: layer.density,
    algorithm: one.algorithm,
    parameters: parametersText(one.parameters),
    threads: one.threads,
    ms: one.ms,
    dense: one.dense.gflops,
    denseShare: one.dense.share,
    nonZero: one.nonZero.gflops,
    nonZeroShare: one.nonZero.share,
    nonZeroComputeShare: one.nonZeroCompute.share,
    intensity: one.intensity,
    bound: one.bound,
  }));
}
