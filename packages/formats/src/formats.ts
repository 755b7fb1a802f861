import { ZeroskipRangeError } from '@zeroskip/tensor';
import { cpo } from './cpo.ts';
import { cps } from './cps.ts';
import { cpsColumn } from './cps-column.ts';
import { csr } from './csr.ts';
import type { SparseFormat } from './format.ts';
import { im2col } from './im2col.ts';
import { mec } from './mec.ts';

/** Every format, one row each, the dense baselines first. Containers store a format's position: append only. */
export const formats: readonly SparseFormat[] = [im2col, mec, csr, cpo, cpsColumn, cps];

/** @throws `ZeroskipRangeError` that lists the valid ids. */
export function format(id: string): SparseFormat {
  const found = formats.find((candidate) => candidate.id === id);
  if (found) return found;
  const ids = formats.map((candidate) => candidate.id).join(', ');
  throw new ZeroskipRangeError(`Expected one of ${ids} for the format, received ${JSON.stringify(id)}.`, {
    code: 'ERR_INVALID_ARGUMENT',
    expected: ids,
    received: id,
  });
}
