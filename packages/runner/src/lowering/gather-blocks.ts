import type { Lowering } from './lowering.ts';
import { type Place, reshaped } from './place.ts';
import { type BlockGather, identityAxis, pickAxis } from './tables.ts';

/** Emits a reordering of dense elements. */
export function gatherBlocks(
  lowering: Lowering,
  { prefix, from, indices, block }: BlockGather,
  input: Place,
  output: Place,
): void {
  lowering.emit({
    op: 'resize',
    rows: identityAxis(prefix),
    columns: pickAxis(indices),
    input: reshaped(input, { n: 1, h: prefix, w: from, c: block }),
    output: reshaped(output, { n: 1, h: prefix, w: indices.length, c: block }),
  });
}
