import { formats } from '@zeroskip/formats';
import { parametersText, type RowRecord, shapeRecord } from '../../report/row-files.ts';
import { mean } from '../../statistics.ts';
import { compressionRatio, type LayerInspection } from './measure.ts';

/** A layer with its density over all images. */
export const withDensity = (layer: LayerInspection) => ({ ...layer, density: mean(layer.densities) });

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
    density: mean(layer.densities),
    allZeroChannels: layer.allZeroChannels,
    allZeroTiles: layer.allZeroTiles,
    ...Object.fromEntries(Object.entries(layer.bytes).map(([id, bytes]) => [`bytes-${id}`, bytes])),
    ...Object.fromEntries(compressed.map((id) => [`cr-${id}`, compressionRatio(layer, id)])),
    patterns: parametersText(Object.fromEntries(layer.patterns.map((share, mask) => [mask, share]))),
  };
}
