import { savings } from '../claims.ts';
import { chosenBytes, im2colBytes, type LayerRow } from '../layer-rows.ts';
import { parametersText, type RowRecord, shapeRecord } from './row-files.ts';

/** Keys of `benchRecord` that a table for people shows. */
export const benchKeys = [
  ...['name', 'channels', 'filters', 'height', 'width', 'kernel', 'density', 'algorithm'],
  ...['ms', 'encodeMs', 'im2colMs', 'savings', 'cr'],
];

/** A convolution of a bench; times in milliseconds. */
export function benchRecord(row: LayerRow): RowRecord {
  const bytes = chosenBytes(row);
  return {
    ...shapeRecord(row),
    density: row.density,
    algorithm: row.algorithm,
    parameters: parametersText(row.parameters),
    ms: row.ms,
    encodeMs: row.encodeMs,
    computeMs: row.computeMs,
    im2colMs: row.im2colMs,
    savings: savings(row.ms, row.im2colMs),
    cr: bytes ? im2colBytes(row) / bytes : null,
    workspaceBytes: row.workspaceBytes,
    maxAbsDiff: row.exactness?.maxAbsDiff ?? null,
    errorOfBound: row.exactness?.ofBound ?? null,
  };
}
