import { formats } from '@zeroskip/formats';
import type { Environment } from '../../machine.ts';
import { parametersText, type RowRecord, shapeRecord } from '../../report/row-files.ts';
import { mean } from '../../statistics.ts';
import { compressionRatio, type LayerInspection } from './measure.ts';

/** What `zeroskip inspect --json` writes. */
export interface InspectionReport {
  readonly environment: Environment;
  readonly model: { readonly path: string; readonly sha256: string };
  readonly inputs: readonly string[];
  readonly layers: readonly LayerInspection[];
}

/** Over all images. */
export const meanDensity = ({ densities }: Pick<LayerInspection, 'densities'>) => mean(densities);

/** Formats that are compared with im2col. */
export const compressed = formats.filter(({ id }) => id !== 'im2col').map(({ id }) => id);

/** Keys of `inspectionRecord` that a table for people shows. */
export const inspectionKeys = [
  ...['name', 'channels', 'filters', 'height', 'width', 'kernel', 'density', 'allZeroChannels'],
  ...compressed.map((id) => `cr-${id}`),
];

/** A convolution's input; `patterns` are the shares of the 16 patterns. */
export function inspectionRecord(layer: LayerInspection): RowRecord {
  return {
    ...shapeRecord(layer),
    density: meanDensity(layer),
    allZeroChannels: layer.allZeroChannels,
    allZeroTiles: layer.allZeroTiles,
    ...Object.fromEntries(Object.entries(layer.bytes).map(([id, bytes]) => [`bytes-${id}`, bytes])),
    ...Object.fromEntries(compressed.map((id) => [`cr-${id}`, compressionRatio(layer, id)])),
    patterns: parametersText(Object.fromEntries(layer.patterns.map((share, mask) => [mask, share]))),
  };
}
