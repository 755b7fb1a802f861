import { median } from '@zeroskip/selector';
import type { Comparison } from '../../layers/comparison.ts';
import { parametersText, type RowRecord, shapeRecord } from '../../report/row-files.ts';
import { mean } from '../../statistics.ts';

/** Keys of `comparisonRecords` that a table for people shows. */
export const comparisonKeys = [
  ...['name', 'channels', 'filters', 'height', 'width', 'kernel', 'density'],
  ...['contender', 'algorithm', 'ms', 'encodeMs', 'peerMs'],
];

/** One for each layer and contender; medians in milliseconds, `peerMs` by the peer's own profile. */
export function comparisonRecords({ layers }: Comparison): RowRecord[] {
  return layers.flatMap((layer) =>
    layer.own.map((times) => ({
      ...shapeRecord(layer),
      density: layer.density,
      contender: times.contender,
      algorithm: times.algorithm,
      parameters: parametersText(times.parameters),
      ms: median(times.samplesMs),
      minMs: Math.min(...times.samplesMs),
      encodeMs: mean(times.encodeMs),
      computeMs: mean(times.computeMs),
      peerMs: layer.peer === undefined ? null : median(layer.peer.samplesMs),
    })),
  );
}
