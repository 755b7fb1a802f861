import { parametersText, type RowRecord, shapeRecord } from '../../report/row-files.ts';
import { type LayerRow, loweredRatio, savedShare, storedRatio } from './rows.ts';

/** Keys of `benchRecord` that a table for people shows. */
export const benchKeys = [
  ...['name', 'channels', 'filters', 'height', 'width', 'kernel', 'density', 'algorithm'],
  ...['ms', 'encodeMs', 'im2colMs', 'savings', 'cr', 'storedCr'],
];

/**
 * A convolution of a bench; times in milliseconds.
 * @param off contenders whose results are off, which every row repeats
 */
export function benchRecord(row: LayerRow, off: string): RowRecord {
  return {
    ...shapeRecord(row),
    density: row.density,
    algorithm: row.algorithm,
    parameters: parametersText(row.parameters),
    ms: row.ms,
    encodeMs: row.encodeMs,
    computeMs: row.computeMs,
    im2colMs: row.im2colMs ?? null,
    savings: savedShare(row) ?? null,
    loweredBytes: row.loweredBytes,
    cr: loweredRatio(row) ?? null,
    storedCr: storedRatio(row) ?? null,
    workspaceBytes: row.workspaceBytes,
    maxAbsDiff: row.exactness?.maxAbsDiff ?? null,
    errorOfBound: row.exactness?.ofBound ?? null,
    off: off === '' ? null : off,
  };
}
